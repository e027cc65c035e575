project "p" {}

stage "s" {
  kind = "training"
  requirements {
    gpu {
      any_of = ["A100"]
      prefer = ["A30"]
    }
  }
  run {
    duration       = "1h"
    work           = { A100 = "1h" }
    schedule       = "@daily"
    runs_per_month = 30
  }
  interruption {
    tolerated        = false
    checkpoint_every = "10m"
  }
}

stage "t" {
  kind = "data-processing"
  requirements {
    vcpus = 4
  }
  run {
    work           = { A100 = "1h" }
    runs_per_month = 1
  }
  interruption {
    tolerated = true
    restore   = "5m"
  }
}

stage "u" {
  kind = "serving"
  requirements {
    vcpus = 4
  }
  replicas {
    throughput_rps = { A2 = 9 }
  }
}

stage "v" {
  kind = "training"
  requirements {
    gpu {
      else_any_of = ["A100"]
    }
  }
  run {
    duration = "1h"
  }
}

cluster "c" {
  location = "onprem/c"
  node_pool "n" {
    gpus_per_node      = 4
    vcpus              = 4
    memory             = "8GiB"
    nodes              = 1
    cost_per_node_hour = 1
  }
}
