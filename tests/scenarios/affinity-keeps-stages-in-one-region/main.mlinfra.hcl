project "p" {}

affinity "near" {
  stages = [stage.prepare, stage.train]
  same   = "region"
}

stage "prepare" {
  kind = "data-processing"

  requirements {
    vcpus     = 4
    locations = ["aws/us-east-1", "gcp/*"]
  }

  run {
    duration       = "10h"
    runs_per_month = 10
    startup        = "0s"
  }
}

stage "train" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["A100"]
      count  = 8
    }
  }

  run {
    duration       = "1h"
    runs_per_month = 1
    startup        = "0s"
  }
}
