project "p" {}

quota "l4" {
  scope = "project"
  gpu   = "L4"
  max   = 1
}

stage "busy" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["L4", "T4"]
      count  = 1
    }
  }

  run {
    work           = { L4 = "10h", T4 = "30h" }
    runs_per_month = 20
  }
}

stage "idle" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["L4", "T4"]
      count  = 1
    }
  }

  run {
    work           = { L4 = "10h", T4 = "30h" }
    runs_per_month = 2
  }
}
