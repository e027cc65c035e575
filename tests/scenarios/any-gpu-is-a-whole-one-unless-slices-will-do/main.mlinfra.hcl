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
}

stage "serve" {
  kind = "serving"

  requirements {
    gpu {
      compute_capability_min = "8.0"
    }
  }

  replicas {
    min = 6
  }
}
