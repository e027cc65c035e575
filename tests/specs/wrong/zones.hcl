project "p" {}

dataset "owned" {
  location = "onprem/dc1"
  zone     = "row-3"
  size     = "1TiB"
}

stage "s" {
  kind = "data-processing"
  reads = {
    owned = { from = dataset.owned, streamed = "maybe" }
  }
  output "o" {
    size  = "1GiB"
    scope = "provider"
  }
  requirements {
    vcpus = 1
  }
  run {
    duration = "1h"
    schedule = "@daily"
  }
}
