project "p" {}

# 900 GB at 1 Gbit/s are two hours in which the node waits, in each of ten runs.
dataset "events" {
  location = "aws/us-east-1"
  size     = "900GB"
}

stage "prepare" {
  kind = "data-processing"

  reads = { events = { from = dataset.events } }

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
