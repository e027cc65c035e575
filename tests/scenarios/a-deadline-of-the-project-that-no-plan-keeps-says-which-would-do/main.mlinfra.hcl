project "p" {
  deadline = "12h"
}

stage "first" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["L4", "A100"]
      count  = 8
    }
  }

  run {
    work           = { A100 = "2h", L4 = "20h" }
    runs_per_month = 10
  }

  output "weights" {
    size = "10GiB"
  }
}

stage "second" {
  kind = "training"

  reads = {
    weights = { from = stage.first.output.weights }
  }

  requirements {
    gpu {
      any_of = ["L4"]
      count  = 1
    }
  }

  run {
    duration       = "11h"
    runs_per_month = 10
  }
}
