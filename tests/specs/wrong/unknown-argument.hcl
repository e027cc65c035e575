project "p" {}

name = "x"

dataset "d" {
  location = "aws/us-east-1"
  sise     = "1TiB"
}

stage "s" {
  requirements = {}
}
