projekt "p" {}

project "p" {}

stage "s" {
  kind = "data-processing"
  requirement {
    vcpus = 8
  }
  requirements {
    vcpus = 8
  }
  run = { duration = "1h" }
}
