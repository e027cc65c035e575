project "p" {}

locals {
  a = 1 / 0
  b = 5 % (3 - 3)
}
