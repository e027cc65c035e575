project "p" {
  deadline = "0s"
}

model "m" {
  parameters = "0B"
  dtype      = "bf16"
}

dataset "d" {
  location = "aws/us-east-1"
  size     = "0B"
}

provider "aws" {
  interruptions_per_hour = 0
}

cluster "c" {
  location   = "onprem/c"
  throughput = { "aws/*" = 0 }
  node_pool "n" {
    vcpus              = 1
    memory             = "0GiB"
    nodes              = 1
    cost_per_node_hour = 18446745
  }
}

cluster "d" {
  location   = "onprem/d"
  throughput = { "everywhere" = 1 }
  node_pool "n" {
    vcpus              = 1
    memory             = "1GiB"
    nodes              = 1
    cost_per_node_hour = 1
  }
}

stage "s" {
  kind = "data-processing"
  requirements {
    memory = "0GiB"
  }
  run {
    duration            = "213503982335d"
    runs_per_month      = 0.0000001
    deadline            = "0h"
    deadline_confidence = 1
  }
  interruption {
    tolerated              = false
    interruptions_per_hour = 0.1
  }
}

stage "t" {
  kind = "data-processing"
  requirements {
    vcpus = 1
  }
  run {
    duration            = "1h"
    runs_per_month      = 1
    deadline_confidence = 0.9
    startup             = "3"
  }
  max_lifetime = "0d"
}

budget "b" {
  limit = "1e26"
}
