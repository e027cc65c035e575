project "p" {}

cluster "dc1" {
  location = "onprem/dc1"

  node_pool "a30" {
    gpu                = "A30"
    gpus_per_node      = 4
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 3
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

  replicas {
    min = 6
  }
}
