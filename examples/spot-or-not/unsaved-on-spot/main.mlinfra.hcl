# What `unsaved` would cost on spot nodes, whatever the plan thinks of it.

project "spot-or-not" {
  team = "vision"
}

# Starts from the beginning when it is interrupted.
stage "unsaved" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["A100"]
      count  = 16
    }
  }

  run {
    work           = { A100 = "20h" } # measured on 16 of them
    runs_per_month = 8
  }

  pin { capacity = "spot" }

  interruption {
    tolerated = true
  }
}

provider "azure" {
  regions = ["eastus", "southcentralus", "westeurope"]
}

provider "gcp" {
  regions = ["us-central1", "europe-west4"]
}
