project "p" {}

stage "train" {
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
    deadline       = "1h"
  }
}
