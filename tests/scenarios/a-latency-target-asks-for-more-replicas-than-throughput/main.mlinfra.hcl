project "p" {}

# 8 requests/s at 1 each: head-room alone asks for ⌈8 / 0.7⌉ = 12. Of 1.1 s the service itself takes 1,
# and 95 % wait no longer than 0.1 s only with 13.
stage "serve" {
  kind = "serving"

  requirements {
    gpu {
      any_of = ["L4"]
    }
  }

  traffic {
    peak_rps    = 8
    p95_latency = "1100ms"
  }

  replicas {
    min            = 1
    max            = 30
    throughput_rps = 1
  }
}
