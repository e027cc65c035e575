project "p" {}

# By itself `train` would be cheaper on Google's L4, and `prepare` on AWS's spot nodes.
stage "prepare" {
  kind = "data-processing"

  interruption {
    tolerated = true
  }

  output "features" {
    size = "500GiB"
  }

  requirements {
    vcpus = 4
  }

  run {
    duration       = "10h"
    runs_per_month = 10
  }
}

stage "train" {
  kind = "training"

  reads = { features = { from = stage.prepare.output.features } }

  requirements {
    gpu {
      any_of = ["L4"]
    }
  }

  run {
    duration       = "10h"
    runs_per_month = 10
  }
}
