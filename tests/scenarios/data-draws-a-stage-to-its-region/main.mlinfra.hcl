project "p" {}

# Nodes are cheaper in us-east-1, but 1 TiB would have to follow them ten times a month.
dataset "events" {
  location = "aws/eu-west-1"
  size     = "1TiB"
}

stage "prepare" {
  kind = "data-processing"

  reads = { events = { from = dataset.events } }

  requirements {
    vcpus = 2
  }

  run {
    duration       = "10h"
    runs_per_month = 10
  }
}
