project "p" {}

# The cheaper machine is in use1-az1, the data on disks of use1-az2: 100 GB × USD 0.02 × 10.
dataset "events" {
  location = "aws/us-east-1"
  zone     = "use1-az2"
  size     = "100GB"
}

stage "prepare" {
  kind = "data-processing"

  reads = { events = { from = dataset.events } }

  requirements {
    vcpus     = 2
    locations = ["aws/us-east-1"]
  }

  pin {
    instance_type = "c.large"
  }

  run {
    duration       = "10h"
    runs_per_month = 10
    startup        = "0s"
  }
}
