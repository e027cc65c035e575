project "p" {}

cluster "c" {
  location = "onprem/c"
  node_pool "n" {
    vcpus              = 0
    memory             = "99999999PiB"
    nodes              = 1.5
    cost_per_node_hour = -1
  }
}

budget "b" {
  limit   = 0.0000000000001
  warn_at = 80
}

quota "q" {
  max = -1
}

stage "s" {
  kind = "serving"
  requirements {
    gpu {
      any_of = []
    }
  }
  traffic {
    peak_rps = 0
    hourly   = [1, 0.5]
  }
  replicas {
    throughput_rps = {}
  }
}

stage "t" {
  kind = "data-processing"
  requirements {
    vcpus = 1
  }
  run {
    duration       = "0s"
    runs_per_month = 1
  }
  interruption {
    tolerated        = true
    checkpoint_every = "0s"
  }
}

locals {
  big  = 1e30
  more = 1e25 * 10
}
