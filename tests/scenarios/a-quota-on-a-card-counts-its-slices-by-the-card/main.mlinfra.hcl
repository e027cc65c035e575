project "p" {}

# Sixteen quarters on a node are four cards, of which the quota allows seven: one node of slices, though
# each of the two stages would take one. The other has to take dearer cards elsewhere.
quota "a30" {
  scope = "team"
  gpu   = "A30"
  max   = 7
}

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

stage "one" {
  kind = "serving"

  requirements {
    gpu {
      any_of = ["A30-MIG-1g.6gb", "L4"]
    }
  }

  replicas {
    min = 12
  }
}

stage "two" {
  kind = "serving"

  requirements {
    gpu {
      any_of = ["A30-MIG-1g.6gb", "L4"]
    }
  }

  replicas {
    min = 10
  }
}
