# The smallest spec that plans: one nightly job on CPUs, over every catalog.
project "minimal" {}

stage "report" {
  kind = "data-processing"

  requirements {
    vcpus  = 16
    memory = "64GiB"
  }

  run {
    duration = "45m"
    schedule = "0 3 * * *"
  }
}
