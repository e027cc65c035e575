# Video search: once a week the new videos are cut into frames on CPUs, the frames are embedded on GPUs, and the
# embeddings become an index. The videos are kept in one region of AWS.

project "video-search" {
  team = "search"
}

dataset "videos" {
  uri      = "s3://acme-videos"
  location = "aws/us-east-1"
  size     = "180TiB"
}

stage "frames" {
  kind = "data-processing"

  reads = {
    videos = { from = dataset.videos, amount = "8TiB" } # what came in this week
  }

  requirements {
    vcpus  = 192
    memory = "384GiB"
    arch   = "x86_64"
  }

  run {
    duration       = "9h"
    runs_per_month = 4
  }

  output "frames" {
    size = "900GiB" # one small picture a second
  }
}

stage "embed" {
  kind = "data-processing"

  reads = {
    frames = { from = stage.frames.output.frames }
  }

  requirements {
    gpu {
      any_of = ["H100"]
      count  = 8
    }
  }

  run {
    work           = { H100 = "12h" } # measured on 8 of them
    runs_per_month = 4
  }

  output "embeddings" {
    size   = "150GiB"
    retain = "90d"
  }
}

stage "index" {
  kind = "data-processing"

  reads = {
    embeddings = { from = stage.embed.output.embeddings }
  }

  requirements {
    vcpus  = 32
    memory = "512GiB"
    arch   = "x86_64"
  }

  run {
    duration       = "3h"
    runs_per_month = 4
  }

  output "index" {
    size = "200GiB"
  }
}

provider "aws" {
  regions = ["us-east-1", "us-east-2", "us-west-2"]
}

provider "azure" {
  regions = ["eastus", "southcentralus", "westus3"]
}

provider "gcp" {
  regions = ["us-central1", "us-east4"]
}
