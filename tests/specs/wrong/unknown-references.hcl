project "p" {}

dataset "d" {
  location = "aws/us-east-1"
  size     = "1TiB"
}

stage "train" {
  kind  = "training"
  model = model.ranker
  reads = {
    a = { from = dataset.evnts }
    b = { from = dataset.dd }
    c = { from = stage.trian.output.weights }
    d = { from = stage.train.output.weights }
  }
  requirements {
    vcpus = var.cpus
  }
  run {
    duration       = "1h"
    runs_per_month = local.runs
  }
}

variable "vcpus" {
  default = 8
}

locals {
  a = vcpus
  b = training
  c = var
  d = dataset.d.colour
  e = dataset.d.uri
  f = stage.train.endpoint
  g = stage.train.address
}
