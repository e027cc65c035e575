project "p" {}

stage "blue" {
  kind  = "data-processing"
  share = "box"

  requirements {
    vcpus     = 4
    memory    = "16GiB"
    locations = ["aws/us-east-1"]
  }

  run {
    duration       = "1h"
    runs_per_month = 3
  }
}

stage "green" {
  kind  = "data-processing"
  share = "box"

  requirements {
    vcpus     = 4
    memory    = "16GiB"
    locations = ["gcp/us-central1"]
  }

  run {
    duration       = "1h"
    runs_per_month = 3
  }
}
