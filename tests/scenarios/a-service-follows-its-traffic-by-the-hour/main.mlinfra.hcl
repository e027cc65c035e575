project "p" {}

stage "serve" {
  kind = "serving"

  requirements {
    gpu {
      any_of = ["L4"]
    }
  }

  traffic {
    peak_rps = 70
    hourly   = "office-hours"
  }

  replicas {
    min            = 2
    max            = 10
    throughput_rps = 20
  }
}
