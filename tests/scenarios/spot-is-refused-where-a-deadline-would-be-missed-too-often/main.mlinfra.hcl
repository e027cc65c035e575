project "p" {}

# On spot the run of 20 h would lose all its work with each interruption, and has five hours to spare.
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
    deadline       = "25h"
  }

  interruption {
    tolerated = true
  }
}
