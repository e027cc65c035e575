project "p" {
  team   = ["a"]
  labels = { a = [] }
}

mlinfra {
  state "s3" {
    bucket = {}
  }
}

provider "aws" {
  regions = "us-east-1"
  profile = []
  region  = "us-east-1"
}
