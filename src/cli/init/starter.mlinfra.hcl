# A spec says what is to run; `mlinfra plan` chooses what to run it on, by cost.
# All `*.mlinfra.hcl` files of a folder are one spec, and blocks may stand in any order.

project "starter" {
  # team   = "ranking"                   # who pays
  # owner  = "ml-platform@example.org"   # who answers
  # labels = { env = "prod" }
}

# Clouds and regions that may be used. Without any such block, every one that has a catalog may be.
provider "aws" {
  regions = ["us-east-1", "us-west-2", "eu-west-1"]
}

provider "gcp" {
  regions = ["us-central1", "europe-west4"]
}

# Data that is there already, and where it is: moving it costs money.
dataset "events" {
  location = "aws/us-east-1"
  size     = "2TiB"
}

# A job on CPUs, every night at two.
stage "prepare" {
  kind = "data-processing"

  reads = {
    events = { from = dataset.events, amount = "100GiB" } # per run
  }

  requirements {
    vcpus  = 64
    memory = "256GiB"
  }

  run {
    duration = "1h"
    schedule = "0 2 * * *" # or runs_per_month = 30
  }

  # May run on spot capacity, which is cheaper and may be taken away.
  interruption {
    tolerated        = true
    checkpoint_every = "10m"
    checkpoint_cost  = "30s"
    restore          = "2m"
  }

  output "features" {
    size   = "20GiB"
    retain = "30d"
  }
}

# A model to train once a week on what the job above makes. Take the comment signs away to try it.
#
# model "ranker" {
#   parameters = "350M"
#   dtype      = "bf16"
# }
#
# stage "train" {
#   kind  = "training"
#   model = model.ranker
#
#   reads = {
#     features = { from = stage.prepare.output.features }
#   }
#
#   requirements {
#     gpu {
#       any_of = ["A100", "L40S"] # or memory_min and compute_capability_min
#       count  = 8
#     }
#   }
#
#   run {
#     work           = { A100 = "10h" } # measured; other GPUs are estimated from it
#     runs_per_month = 4
#   }
# }
#
# Most that a month may cost.
#
# budget "month" {
#   limit   = 5000
#   warn_at = 0.8
# }
