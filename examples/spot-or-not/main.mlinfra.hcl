# Three training jobs of the same size on clouds whose spot nodes are cheap and, as nobody publishes how often they are
# taken away, assumed to be so every four hours. The jobs differ only in how they bear it.

project "spot-or-not" {
  team = "vision"
}

# Saves its state as often as is best, in 2 minutes, and loads it again in 5.
stage "saved" {
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

  interruption {
    tolerated        = true
    checkpoint_every = "auto"
    checkpoint_cost  = "2m"
    restore          = "5m"
  }
}

# The same, and its result is needed a day later.
stage "by-morning" {
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
    deadline       = "24h"
  }

  interruption {
    tolerated        = true
    checkpoint_every = "auto"
    checkpoint_cost  = "2m"
    restore          = "5m"
  }
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
