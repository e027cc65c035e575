project "p" {}

dataset "d" {
  location = "aws/us-east-1"
  size     = "1TiB"
}

model "m" {
  parameters = "7B"
  dtype      = "bf16"
}

stage "s" {
  kind  = "training"
  model = dataset.d
  reads = {
    a = { from = model.m }
    b = { form = dataset.d }
    c = { from = "dataset.d" }
  }
  requirements {
    vcpus = 8
  }
  run {
    duration       = "1h"
    runs_per_month = 1
  }
}

budget "b" {
  limit  = 1
  stages = [stage.s, dataset.d]
}

output "o" {
  value = model.m
}
