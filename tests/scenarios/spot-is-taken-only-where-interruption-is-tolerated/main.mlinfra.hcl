project "p" {}

stage "careful" {
  kind = "data-processing"

  requirements {
    vcpus = 2
  }

  run {
    duration       = "10h"
    runs_per_month = 10
  }
}

stage "robust" {
  kind = "data-processing"

  interruption {
    tolerated = true
  }

  requirements {
    vcpus = 2
  }

  run {
    duration       = "10h"
    runs_per_month = 10
  }
}
