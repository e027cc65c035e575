project "p" {}

anti_affinity "apart" {
  stages    = [stage.blue, stage.green]
  different = "zone"
}

stage "blue" {
  kind = "serving"

  requirements {
    vcpus     = 4
    memory    = "16GiB"
    locations = ["aws/us-east-1"]
  }

  replicas {
    min = 1
  }
}

stage "green" {
  kind = "serving"

  requirements {
    vcpus     = 4
    memory    = "16GiB"
    locations = ["aws/us-east-1"]
  }

  replicas {
    min = 1
  }
}
