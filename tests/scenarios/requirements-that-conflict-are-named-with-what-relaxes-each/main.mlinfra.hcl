project "p" {}

stage "train" {
  kind = "training"

  requirements {
    locations     = ["aws/*"]
    max_node_hour = 20
    gpu {
      any_of = ["A100"]
      count  = 8
    }
  }

  run {
    duration       = "10h"
    runs_per_month = 20
  }
}
