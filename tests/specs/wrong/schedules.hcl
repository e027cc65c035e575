project "p" {}

stage "s0" {
  kind = "data-processing"
  requirements {
    vcpus = 8
  }
  run {
    duration       = "1h"
    schedule       = "0 2 * *"
  }
}
stage "s1" {
  kind = "data-processing"
  requirements {
    vcpus = 8
  }
  run {
    duration       = "1h"
    schedule       = "@often"
  }
}
stage "s2" {
  kind = "data-processing"
  requirements {
    vcpus = 8
  }
  run {
    duration       = "1h"
    schedule       = "*/0 * * * *"
  }
}
stage "s3" {
  kind = "data-processing"
  requirements {
    vcpus = 8
  }
  run {
    duration       = "1h"
    schedule       = "0 0 30 2 *"
  }
}
stage "s4" {
  kind = "data-processing"
  requirements {
    vcpus = 8
  }
  run {
    duration       = "1h"
    schedule       = "0 9-5 * * *"
  }
}
