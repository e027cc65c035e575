project "p" {}

stage "s" {
  kind = "data-processing"
  requirements {
    vcpus = 8
  }
  requirements {
    vcpus = 9
  }
  run {
    duration       = "1h"
    runs_per_month = 4
  }
}
