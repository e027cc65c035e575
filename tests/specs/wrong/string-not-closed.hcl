project "p" {}

dataset "d" {
  location = "aws/us-east-1
  size     = "1TiB"
}

dataset "e" {
  location = "moon"
  size     = "1TiB"
}
