# Video search: new videos are cut into frames on CPUs, and the frames are embedded on GPUs.

project "video-search" {
  team = "search"
}

budget "search" {
  limit = 500
}

dataset "videos" {
  uri      = "s3://acme-videos"
  location = "aws/us-east-1"
  size     = "180TiB"
}

stage "frames" {
  kind  = "data-processing"
  reads = { videos = { from = dataset.videos, amount = "8TiB" } } # what came in this week

  requirements {
    vcpus  = 64
    memory = "128GiB"
  }

  run {
    duration       = "9h"
    runs_per_month = 4
  }

  output "frames" {
    size = "900GiB"
  }
}

stage "embed" {
  kind  = "data-processing"
  reads = { frames = { from = stage.frames.output.frames } }

  requirements {
    gpu {
      any_of = ["A10G"]
      count  = 1
    }
  }

  run {
    work           = { A10G = "30h" } # measured on one
    runs_per_month = 4
  }

  output "embeddings" {
    size   = "150GiB"
    retain = "90d"
  }
}
