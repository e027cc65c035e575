project "p" {}

stage "s" {
  kind = "serving"
  requirements {
    vcpus = 4
  }
  replicas {
    min = 5
    max = 2
  }
}

stage "t" {
  kind = "data-processing"
  requirements {
    vcpus = 4
  }
  run {
    duration       = "3h"
    deadline       = "1h"
    runs_per_month = 1
  }
}
