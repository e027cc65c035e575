project "p" {}

stage "a" {
  kind  = "data-processing"
  share = "auto"
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}

stage "b" {
  kind  = "data-processing"
  share = "auto"
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}

stage "c" {
  kind  = "data-processing"
  share = "auto"
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}

stage "d" {
  kind  = "data-processing"
  share = "auto"
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}

stage "e" {
  kind  = "data-processing"
  share = "auto"
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}

stage "f" {
  kind  = "data-processing"
  share = "auto"
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}

stage "g" {
  kind  = "data-processing"
  share = "auto"
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}
