project "p" {}

stage "prepare" {
  kind = = "data-processing"
}

# Refers to what didn't parse, which isn't reported again.
stage "train" {
  kind  = "training"
  reads = { x = { from = stage.prepare.output.x } }
  requirements {
    vcpus = 1
  }
  run {
    duration       = "1h"
    runs_per_month = 1
  }
}
