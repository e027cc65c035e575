project "p" {}

cluster "a" {
  location = "onprem/dc"
  node_pool "n" {
    vcpus              = 4
    memory             = "8GiB"
    nodes              = 1
    cost_per_node_hour = 1
  }
}
cluster "b" {
  location = "onprem/dc"
  node_pool "n" {
    vcpus              = 4
    memory             = "8GiB"
    nodes              = 1
    cost_per_node_hour = 1
  }
}
