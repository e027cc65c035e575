project "p" {}

stage "train" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["L4"]
    }
  }

  run {
    duration       = "20h"
    runs_per_month = 4
    deadline       = "40h"
  }

  interruption {
    tolerated              = true
    interruptions_per_hour = 0.1
    checkpoint_every       = "auto"
    checkpoint_cost        = "1m"
    restore                = "5m"
  }
}
