project "p" {}

cluster "dc1" {
  location = "onprem/dc1"

  node_pool "a30" {
    gpu                = "A30"
    gpus_per_node      = 4
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 6
    cost_per_node_hour = 6.00
  }

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
      any_of = ["A30"]
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
