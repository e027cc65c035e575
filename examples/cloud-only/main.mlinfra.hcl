# The recommender without owned capacity: click events are prepared on CPUs every night, a ranking model is trained on them
# once a week, and its newest weights are served all day.

project "recommender" {
  team   = "ranking"
  owner  = "ml-platform@acme.test"
  labels = { env = var.env, cost-centre = "4711" }
}

variable "env" {
  type    = string
  default = "prod"
}

dataset "events" {
  uri      = "s3://acme-events"
  location = "aws/us-east-1"
  size     = "40TiB"
}

# A two-tower ranker with most of its parameters in embeddings: small enough for an A2.
model "ranker" {
  parameters = "350M"
  dtype      = "fp16"
}

stage "prepare" {
  kind = "data-processing"

  reads = {
    events = { from = dataset.events, amount = "2TiB" } # per run
  }

  requirements {
    vcpus      = 256
    memory     = "1TiB"
    cpu_vendor = ["amd", "intel"]
    arch       = "x86_64"
  }

  run {
    duration = "3h"
    schedule = "0 2 * * *"
  }

  interruption {
    tolerated        = true
    checkpoint_every = "10m"
    checkpoint_cost  = "30s"
    restore          = "2m"
  }

  output "features" {
    size   = "600GiB"
    retain = "30d"
  }
}

stage "train" {
  kind  = "training"
  model = model.ranker

  reads = {
    features = { from = stage.prepare.output.features }
  }

  training {
    method      = "full"
    optimizer   = "adamw"
    micro_batch = 512
  }

  requirements {
    gpu {
      memory_min             = "24GiB"
      compute_capability_min = "8.0"
      count                  = 8
    }
  }

  run {
    work           = { A100 = "14h", A30 = "38h" } # measured on 8 of each
    runs_per_month = 4
    deadline       = "3d"
  }

  output "weights" {
    size = "2GiB"
  }
}

stage "serve" {
  kind  = "serving"
  mode  = "real-time"
  model = model.ranker

  reads = {
    weights = { from = stage.train.output.weights }
  }

  serving {
    max_batch = 64
    runtime   = "triton"
    engine    = "kserve"
  }

  requirements {
    gpu {
      memory_min             = "14GiB"
      compute_capability_min = "7.5"
    }
  }

  traffic {
    peak_rps    = 900
    hourly      = "office-hours"
    p95_latency = "50ms"
  }

  replicas {
    min            = 2
    max            = 6
    throughput_rps = { A2 = 260, L4 = 800, A30 = 1500 } # others are scaled
  }
}

output "endpoint" {
  value = stage.serve.endpoint
}

provider "aws" {
  regions = ["us-east-1", "us-west-2", "eu-west-1"]
}

provider "gcp" {
  project = "acme-ml"
  regions = ["us-central1", "europe-west4"]
}

provider "azure" {
  subscription   = "00000000-0000-0000-0000-000000000000"
  resource_group = "ml"
  regions        = ["eastus", "westeurope"]
}
