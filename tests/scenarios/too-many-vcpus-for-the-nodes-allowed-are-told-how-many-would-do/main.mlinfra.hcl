project "p" {}

stage "prepare" {
  kind = "data-processing"

  requirements {
    vcpus     = 800
    max_nodes = 2
  }

  run {
    duration       = "1h"
    runs_per_month = 10
  }
}
