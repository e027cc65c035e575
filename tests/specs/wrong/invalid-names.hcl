project "p" {}

dataset "9 lives" {
  location = "aws/us-east-1"
  size     = "1TiB"
}

dataset "" {
  location = "aws/us-east-1"
  size     = "1TiB"
}
