project "p" {}

model "m" {
  parameters = "7B"
  dtype      = "bf16"
}

stage "prepare" {
  kind  = "data-processing"
  model = model.m
  requirements {
    vcpus = 4
  }
  training {}
  run {
    duration       = "1h"
    runs_per_month = 1
  }
}

stage "serve" {
  kind = "serving"
  requirements {
    vcpus = 4
  }
  run {
    duration       = "1h"
    runs_per_month = 1
  }
  replicas {}
}

stage "batch" {
  kind = "serving"
  mode = "batch"
  requirements {
    vcpus = 4
  }
  traffic {
    peak_rps = 5
  }
  run {
    duration       = "1h"
    runs_per_month = 1
  }
}
