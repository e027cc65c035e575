project "p" {
  deadline = "12h"
}

stage "prepare" {
  kind = "data-processing"

  requirements {
    vcpus     = 2
    locations = ["aws/us-east-1"]
  }

  run {
    duration       = "4h"
    runs_per_month = 10
    startup        = "0s"
  }

  output "features" {
    size = "1GB"
  }
}

stage "train" {
  kind = "training"

  reads = { features = { from = stage.prepare.output.features } }

  requirements {
    gpu {
      any_of = ["L4", "T4"]
    }
  }

  run {
    work           = { L4 = "7h", T4 = "9h" }
    runs_per_month = 10
    startup        = "0s"
  }
}
