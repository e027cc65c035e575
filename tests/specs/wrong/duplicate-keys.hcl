project "p" {}

locals {
  a = { b = 1, "b" = 2 }
  c = { for x in ["k", "k"] : x => 1 }
}
