project "p" {}

stage "train" {
  kind       = "training"
  on_failure = "undone"
  replace    = "never"

  requirements {
    vcpus = 4
  }

  run {
    duration       = "1h"
    runs_per_month = 1
  }

  nodes {
    image            = "ubuntu"
    disk             = "65TiB"
    open_ports       = [0, 22, 70000]
    open_to          = ["everybody", "10.0.0.0/33"]
    instance_profile = ""
    key_name         = ""
    user_date        = "x"
  }
}

stage "serve" {
  kind = "serving"

  requirements {
    vcpus = 4
  }

  replicas {
    min = 1
  }

  nodes {
    open_to   = ["10.0.0.0/8"]
    user_data = join("", [for n in range(1025) : "sixteen letters!"])
  }
}
