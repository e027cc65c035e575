project "p" {}

stage "prepare" {
  kind = "data-processing"

  requirements {
    vcpus     = 2
    locations = ["aws/us-east-1"]
  }

  run {
    duration       = "10h"
    runs_per_month = 10
  }

  interruption {
    tolerated = true
  }
}
