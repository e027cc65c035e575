# A trial with one GPU. The organisation denies GPUs without an end outside production, and lets specs
# waive that for a time.

project "trial" {
  team   = "ranking"
  owner  = "ana@acme.test"
  labels = { env = "dev" }
}

# This project may be stricter than the organisation, and not milder.
policy "unpriced-items" {
  severity = "warn"
  accepted = [
    "boot disks",
    "NAT gateways, public addresses, Kubernetes control planes",
    "storage of the datasets themselves",
  ]
}

waiver "gpu-without-lifetime" {
  stage  = stage.train
  reason = "the vendor's trial credits end with the year, and the account with them"
  until  = "2026-12-31"
}

dataset "events" {
  location = "aws/us-east-1"
  size     = "200GiB"
}

stage "train" {
  kind = "training"

  reads = {
    events = { from = dataset.events }
  }

  requirements {
    gpu {
      any_of = ["A10G"]
      count  = 1
    }
  }

  run {
    duration = "5h"
    schedule = "0 3 * * *"
  }
}
