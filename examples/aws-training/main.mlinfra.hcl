# One region of AWS: data is prepared on CPUs, four spot nodes train together and fall back to on-demand
# nodes, and a service answers on small GPUs.

project "aws-training" {
  team   = "vision"
  labels = { env = "prod" }
}

provider "aws" {
  regions = ["us-east-1"]
}

dataset "images" {
  location = "aws/us-east-1"
  size     = "800GiB"
}

model "detector" {
  parameters = "300M"
  dtype      = "bf16"
}

stage "prepare" {
  kind  = "data-processing"
  reads = { images = { from = dataset.images } }

  requirements {
    vcpus  = 32
    memory = "128GiB"
    arch   = "x86_64"
  }

  run {
    duration       = "40m"
    runs_per_month = 30
  }

  output "tiles" {
    size = "200GiB"
  }
}

stage "train" {
  kind  = "training"
  reads = { tiles = { from = stage.prepare.output.tiles } }
  model = model.detector

  requirements {
    gpu {
      any_of = ["A10G"]
      count  = 4
    }
  }

  pin {
    instance_type = "g5.2xlarge"
  }

  run {
    work           = { A10G = "12h" } # measured on 4 of them
    runs_per_month = 8
  }

  interruption {
    tolerated        = true
    checkpoint_every = "auto"
    checkpoint_cost  = "20s"
    restore          = "2m"
  }

  output "weights" {
    size = "600MiB"
  }
}

stage "serve" {
  kind  = "serving"
  reads = { weights = { from = stage.train.output.weights } }
  model = model.detector

  requirements {
    gpu {
      any_of = ["T4"]
    }
  }

  traffic {
    peak_rps = 50
  }

  replicas {
    min            = 2
    max            = 4
    throughput_rps = { T4 = 20 }
  }
}
