project "p" {}

cluster "dc1" {
  location = "onprem/dc1"

  node_pool "a30-mig" {
    gpu                = "A30-MIG-1g.6gb"
    gpus_per_node      = 16
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 6
    cost_per_node_hour = 1.50
  }

  node_pool "a30-half" {
    gpu                = "A30-MIG-2g.12gb"
    gpus_per_node      = 8
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 6
    cost_per_node_hour = 1.60
  }
}

stage "serve" {
  kind = "serving"

  requirements {
    gpu {
      any_of     = ["A30"]
      slices     = true
      memory_min = "10GiB"
    }
  }

  traffic {
    peak_rps = 60
  }

  replicas {
    min            = 1
    max            = 16
    throughput_rps = { A30 = 40 }
  }
}
