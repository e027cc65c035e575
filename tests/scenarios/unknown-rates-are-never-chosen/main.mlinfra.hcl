project "p" {}

# In eu-west-1 the A100 machine is not sold on demand, and spot isn't tolerated.
provider "aws" {
  regions = ["eu-west-1"]
}

stage "train" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["A100"]
      count  = 8
    }
  }

  run {
    duration       = "10h"
    runs_per_month = 10
  }
}
