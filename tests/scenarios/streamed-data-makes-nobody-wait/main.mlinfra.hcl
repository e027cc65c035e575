project "p" {}

dataset "events" {
  location = "aws/us-east-1"
  size     = "900GB"
}

stage "prepare" {
  kind = "data-processing"

  reads = { events = { from = dataset.events, streamed = true } }

  requirements {
    vcpus     = 4
    locations = ["gcp/*"]
  }

  run {
    duration       = "10h"
    runs_per_month = 10
    startup        = "0s"
  }
}
