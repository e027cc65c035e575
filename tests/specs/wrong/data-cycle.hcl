project "p" {}

stage "a" {
  kind  = "data-processing"
  reads = { x = { from = stage.c.output.x } }
  output "x" {
    size = "1GiB"
  }
  requirements {
    vcpus = 1
  }
  run {
    duration       = "1h"
    runs_per_month = 1
  }
}

stage "b" {
  kind  = "data-processing"
  reads = { x = { from = stage.a.output.x } }
  output "x" {
    size = "1GiB"
  }
  requirements {
    vcpus = 1
  }
  run {
    duration       = "1h"
    runs_per_month = 1
  }
}

stage "c" {
  kind  = "data-processing"
  reads = { x = { from = stage.b.output.x } }
  output "x" {
    size = "1GiB"
  }
  requirements {
    vcpus = 1
  }
  run {
    duration       = "1h"
    runs_per_month = 1
  }
}

stage "self" {
  kind  = "data-processing"
  reads = { x = { from = stage.self.output.x } }
  output "x" {
    size = "1GiB"
  }
  requirements {
    vcpus = 1
  }
  run {
    duration       = "1h"
    runs_per_month = 1
  }
}
