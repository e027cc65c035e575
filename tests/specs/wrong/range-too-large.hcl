project "p" {}

locals {
  a = [for i in range(100000000) : i]
  b = 1
}
