# What doesn't work: no cloud rents an A2.
project "recommender" {}

provider "aws" {
  regions = ["us-east-1", "us-west-2", "eu-west-1"]
}

provider "gcp" {
  project = "acme-ml"
  regions = ["us-central1", "europe-west4"]
}

stage "serve" {
  kind = "serving"

  requirements {
    gpu {
      any_of = ["A2"]
    }
  }

  replicas {
    min = 2
  }
}
