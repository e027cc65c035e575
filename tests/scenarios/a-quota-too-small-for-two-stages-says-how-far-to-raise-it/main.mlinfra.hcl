project "p" {}

quota "l4" {
  scope = "project"
  gpu   = "L4"
  max   = 3
}

stage "a" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["L4"]
      count  = 2
    }
  }

  run {
    duration       = "10h"
    runs_per_month = 20
  }
}

stage "b" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["L4"]
      count  = 3
    }
  }

  run {
    duration       = "10h"
    runs_per_month = 2
  }
}
