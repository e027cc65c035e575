# Speech recognition: a service that stands all day, and a nightly job that prepares its data.

project "speech" {
  team = "voice"
}

stage "transcribe" {
  kind = "serving"
  mode = "real-time"

  requirements {
    gpu {
      memory_min             = "16GiB"
      compute_capability_min = "7.5"
    }
    vcpus = 4
  }

  traffic {
    peak_rps = 40
    hourly   = "office-hours"
  }

  replicas {
    min            = 2
    max            = 12
    throughput_rps = { T4 = 6, L4 = 14, A10G = 16 }
  }
}

stage "prepare" {
  kind = "data-processing"

  requirements {
    vcpus  = 128
    memory = "256GiB"
    arch   = "x86_64"
  }

  run {
    duration = "3h"
    schedule = "0 1 * * *"
  }
}

provider "aws" {
  regions = ["us-east-1", "us-west-2"]
}

provider "gcp" {
  regions = ["us-central1", "us-west1"]
}

provider "azure" {
  regions = ["eastus", "westus2"]
}
