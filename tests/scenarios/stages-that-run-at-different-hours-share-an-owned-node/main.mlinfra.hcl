project "p" {}

cluster "dc1" {
  location = "onprem/dc1"

  node_pool "cpu" {
    vcpus              = 8
    memory             = "64GiB"
    nodes              = 1
    cost_per_node_hour = 0.01
  }
}

stage "night" {
  kind = "data-processing"

  requirements {
    vcpus = 8
  }

  run {
    duration = "5h"
    schedule = "0 1 * * *"
  }
}

stage "noon" {
  kind = "data-processing"

  requirements {
    vcpus = 8
  }

  run {
    duration = "5h"
    schedule = "0 12 * * *"
  }
}
