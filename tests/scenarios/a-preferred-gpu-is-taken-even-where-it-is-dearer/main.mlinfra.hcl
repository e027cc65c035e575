project "p" {}

cluster "dc1" {
  location = "onprem/dc1"

  node_pool "a2" {
    gpu                = "A2"
    gpus_per_node      = 1
    vcpus              = 16
    memory             = "64GiB"
    nodes              = 6
    cost_per_node_hour = 5.00
  }
}

stage "serve" {
  kind = "serving"

  requirements {
    gpu {
      prefer      = ["A2"]
      else_any_of = ["L4", "T4"]
    }
  }

  traffic {
    peak_rps = 20
  }

  replicas {
    min            = 1
    max            = 4
    throughput_rps = { A2 = 10, L4 = 30, T4 = 15 }
  }
}
