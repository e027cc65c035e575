stage "prepare" {
  kind = "data-processing"

  reads = {
    events = { from = dataset.events, amount = "2TiB", streamed = true }
  }

  output "features" {
    size   = var.sizes.features
    retain = "30d"
    scope  = "zone"
  }

  requirements {
    vcpus          = 256
    memory         = "1TiB"
    cpu_vendor     = ["amd", "intel"]
    arch           = "x86_64"
    local_disk_min = "100GB"
    locations      = ["aws/us-*", "onprem/*"]
    capacity       = ["on-demand", "spot"]
    max_nodes      = 4
    max_node_hour  = 12.5
  }

  run {
    duration = "3h"
    schedule = "0 ${local.nightly} * * *"
  }

  interruption {
    tolerated        = true
    checkpoint_every = "10m"
    checkpoint_cost  = "30s"
    restore          = "2m"

    interruptions_per_hour = 0.05
  }

  share           = "nightly"
  prevent_destroy = true
  max_lifetime    = "90d"
  on_failure      = "undo"
  replace         = "delete-first"

  nodes {
    image            = "amazon/al2023-ami-2023.*-kernel-6.1-x86_64"
    user_data        = "#!/bin/sh\necho ready"
    disk             = "500GiB"
    open_ports       = [22, 8080]
    open_to          = ["10.0.0.0/8"]
    instance_profile = "preparer"
    key_name         = "ops"
  }
}

stage "train" {
  kind  = "training"
  model = model.ranker
  share = "auto"

  reads = {
    features = { from = stage.prepare.output.features }
  }

  training {
    method      = "full"
    optimizer   = "adamw"
    sharding    = "zero3"
    micro_batch = 1
    sequence    = 4096
    recompute   = "full"
  }

  requirements {
    gpu {
      any_of       = ["A30", "A100"]
      count        = 8
      slices       = true
      interconnect = "single-node"
    }
  }

  run {
    work           = { A100 = "40h", A30 = "110h" }
    runs_per_month = 4
    deadline       = "5d"
    startup        = "0s"

    deadline_confidence = 0.95
  }

  interruption {
    tolerated        = true
    checkpoint_every = "auto"
  }

  output "weights" {
    size = "15GiB"
  }
}

stage "serve" {
  kind  = "serving"
  mode  = "real-time"
  model = model.ranker
  share = "never"

  reads = {
    weights = { from = stage.train.output.weights }
  }

  serving {
    max_batch = 8
    sequence  = 2048
    runtime   = "triton"
    engine    = "kserve"
  }

  requirements {
    gpu {
      prefer                 = ["A2"]
      else_any_of            = ["A30", "L4"]
      memory_min             = "14GiB"
      compute_capability_min = "7.5"
    }
  }

  pin {
    provider = "aws"
    region   = "us-east-1"
    zone     = "us-east-1a"
    capacity = "on-demand"
  }

  traffic {
    peak_rps    = 90
    hourly      = [for h in range(24) : h == 12 ? 1 : 0.5]
    p95_latency = "150ms"
  }

  replicas {
    min            = 2
    max            = 12
    throughput_rps = { A2 = 9, L4 = 30 }
    startup        = "4m"
  }
}

stage "score" {
  kind  = "serving"
  mode  = "batch"
  model = model.ranker
  share = "nightly"

  pin {
    instance_type = "g6.xlarge"
  }

  run {
    duration = "1h30m"
    schedule = "@weekly"
  }
}

affinity "data" {
  stages = [stage.train, stage.prepare]
  same   = "region"
}

anti_affinity "failures" {
  stages    = [stage.serve, stage.score]
  different = "zone"
}

budget "month" {
  limit     = 12000
  warn_at   = 0.8
  on_exceed = "warn"
  stages    = [stage.train, stage.serve]
}

quota "gpus" {
  scope    = "team"
  gpu      = "A100"
  provider = "aws"
  region   = "us-east-1"
  max      = 16
}

commitment "sp" {
  provider     = "aws"
  kind         = "compute-savings-plan"
  usd_per_hour = 4.0
  discount     = 0.27
  remaining    = "200d"
}

commitment "reserved" {
  provider     = "gcp"
  kind         = "reserved-instances"
  usd_per_hour = 1
  discount     = 0
  region       = "us-central1"
  family       = "n2"
}

output "endpoint" {
  value       = stage.serve.endpoint
  description = "Where requests go."
}

output "weights" {
  value = stage.train.output.weights
}

output "token" {
  value     = var.token
  sensitive = true
}

output "place" {
  value = { of = dataset.events.location, regions = local.regions, third = 1 / 3 }
}
