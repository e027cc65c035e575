project "p" {}

# Measured on a slice: 10 requests per second, of which 7 are enough. Seven and nine slices are the
# sixteen of one node.
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

stage "chat" {
  kind  = "serving"
  share = "auto"

  requirements {
    gpu {
      any_of = ["A30"]
      slices = true
    }
  }

  traffic {
    peak_rps = 49
  }

  replicas {
    min            = 1
    max            = 16
    throughput_rps = { A30 = 55, "A30-MIG-1g.6gb" = 10 }
  }
}

stage "search" {
  kind  = "serving"
  share = "auto"

  requirements {
    gpu {
      any_of = ["A30"]
      slices = true
    }
  }

  traffic {
    peak_rps = 63
  }

  replicas {
    min            = 1
    max            = 16
    throughput_rps = { A30 = 55, "A30-MIG-1g.6gb" = 10 }
  }
}
