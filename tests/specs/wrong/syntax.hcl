project "p" {}

dataset "d" {
  location = "aws/us-east-1"
  size     = "1TiB" +
}

# The other block is still checked.
dataset "e" {
  location = "aws/us-east-1"
  sise     = "1TiB"
}
