project "p" {}

# Ten runs a month, each kept for 73 hours: 10 × 73 / 730 = 1 copy on average.
stage "prepare" {
  kind = "data-processing"

  output "features" {
    size   = "1TB"
    retain = "73h"
  }

  requirements {
    vcpus = 2
  }

  run {
    duration       = "10h"
    runs_per_month = 10
  }
}
