project "p" {}

# Each needs two of the pool's three nodes. `large` runs ten times as often, so it gains most.
cluster "dc1" {
  location = "onprem/dc1"

  node_pool "a30" {
    gpu                = "A30"
    gpus_per_node      = 4
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 3
    cost_per_node_hour = 1.50
  }
}

stage "large" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["A30", "A100"]
      count  = 8
    }
  }

  run {
    duration       = "10h"
    runs_per_month = 40
  }
}

stage "small" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["A30", "A100"]
      count  = 8
    }
  }

  run {
    duration       = "10h"
    runs_per_month = 4
  }
}
