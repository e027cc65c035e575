project "p" {}

stage "a" {
  kind  = "data-processing"
  share = "pool"
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
  share = "two words"
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
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}

affinity "zone" {
  stages = [stage.a, stage.b]
  same   = "zone"
}

affinity "region" {
  stages = [stage.c, stage.b]
  same   = "region"
}

anti_affinity "possible" {
  stages    = [stage.a, stage.c]
  different = "zone"
}

anti_affinity "region" {
  stages    = [stage.a, stage.c]
  different = "region"
}

affinity "alone" {
  stages = [stage.a, stage.a]
  same   = "rack"
}

anti_affinity "nothing" {
  stages    = [stage.d, stage.a]
  different = "zones"
}
