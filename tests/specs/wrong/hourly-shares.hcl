project "p" {}

stage "s" {
  kind = "serving"
  requirements {
    vcpus = 4
  }
  traffic {
    peak_rps = 10
    hourly   = [for h in range(24) : 0.5]
  }
  replicas {
    throughput_rps = 5
  }
}
