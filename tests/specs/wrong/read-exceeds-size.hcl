project "p" {}

dataset "d" {
  location = "aws/us-east-1"
  size     = "1TiB"
}
stage "s" {
  kind = "data-processing"
  reads = {
    d = { from = dataset.d, amount = "2TiB" }
  }
  requirements {
    vcpus = 8
  }
  run {
    duration       = "1h"
    runs_per_month = 4
  }
}
