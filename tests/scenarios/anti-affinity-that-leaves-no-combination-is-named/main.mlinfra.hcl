project "p" {}

anti_affinity "apart" {
  stages    = [stage.blue, stage.green]
  different = "provider"
}

stage "blue" {
  kind = "data-processing"

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
  kind = "data-processing"

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
