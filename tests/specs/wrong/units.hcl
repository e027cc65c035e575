project "p" {}

dataset "a" {
  location = "aws/us-east-1"
  size     = "12"
}

dataset "b" {
  location = "aws/us-east-1"
  size     = "12 Gib"
}

dataset "c" {
  location = "aws/us-east-1"
  size     = "many GiB"
}

model "m" {
  parameters = "7 billion"
  dtype      = "bf16"
}

stage "s" {
  kind = "data-processing"
  requirements {
    vcpus = 8
  }
  run {
    duration       = "3 hours"
    runs_per_month = "often"
  }
}
