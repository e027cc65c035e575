# A small team with two GPU machines of its own: one pool serves processing, training and serving, as
# long as it is large enough.

project "support-bot" {
  team = "assist"
}

variable "growth" {
  type    = number
  default = 1
}

provider "aws" {
  regions = ["us-east-1", "us-west-2"]
}

cluster "lab" {
  location   = "onprem/lab"
  transfer   = { "aws/*" = 0.02 } # USD per GB out of here
  throughput = { "aws/*" = 1 }    # Gbit/s

  node_pool "a30" {
    gpu                = "A30"
    gpus_per_node      = 4
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 2
    cost_per_node_hour = 1.90
  }
}

dataset "tickets" {
  location = "onprem/lab"
  size     = "400GiB"
}

stage "prepare" {
  kind  = "data-processing"
  share = "auto"

  reads = {
    tickets = { from = dataset.tickets, amount = "40GiB" }
  }

  requirements {
    vcpus  = 24
    memory = "96GiB"
  }

  run {
    duration = "2h"
    schedule = "0 1 * * *"
  }

  output "features" {
    size = "60GiB"
  }
}

stage "train" {
  kind  = "training"
  share = "auto"

  reads = {
    features = { from = stage.prepare.output.features }
  }

  requirements {
    vcpus  = 16
    memory = "128GiB"

    gpu {
      any_of       = ["A30", "A100", "A10G"]
      count        = 2
      interconnect = "single-node"
    }
  }

  run {
    work     = { A30 = "9h", A100 = "4h", A10G = "13h" }
    schedule = "0 4 * * *"
  }

  output "weights" {
    size = "8GiB"
  }
}

stage "serve" {
  kind  = "serving"
  share = "auto"

  reads = {
    weights = { from = stage.train.output.weights }
  }

  requirements {
    vcpus  = 4
    memory = "24GiB"

    gpu {
      any_of = ["A30", "L4", "A10G"]
    }
  }

  traffic {
    peak_rps = 30 * var.growth
    hourly   = "office-hours"
  }

  replicas {
    min            = 1
    max            = 3 * var.growth
    throughput_rps = { A30 = 30, A10G = 24, L4 = 18 }
  }
}
