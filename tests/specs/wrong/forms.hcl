mlinfra {
  required_version = "newest"
}

project "p" {}

dataset "d" {
  location = "us-east-1"
  size     = "1TiB"
}

cluster "c" {
  location = "aws/us-east-1"
  transfer = { "everywhere!" = 0.02 }
  node_pool "n" {
    vcpus              = 4
    memory             = "8GiB"
    nodes              = 1
    cost_per_node_hour = 1
  }
}

stage "s" {
  kind = "training"
  requirements {
    locations = ["aws/us-*", "us-east-1"]
    gpu {
      compute_capability_min = 8
    }
  }
  run {
    duration = "1h"
    schedule = "0 25 * * *"
  }
}

variable "v" {
  type    = "string"
  default = "x"
}
