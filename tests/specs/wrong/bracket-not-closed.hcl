project "p" {}

locals {
  a = [1, 2

stage "s" {
  kind = "trainign"
}
