project "p" {}
project "q" {}

dataset "d" {
  location = "aws/us-east-1"
  size     = "1TiB"
}
dataset "d" {
  location = "aws/us-east-1"
  size     = "1TiB"
}

locals {
  a = 1
}

locals {
  a = 2
}

stage "s" {
  kind = "data-processing"
  kind = "training"
}

provider "aws" {}
provider "aws" {}
