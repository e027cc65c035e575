project "p" {}

locals {
  list = [1, 2]
  map  = { alpha = 1, beta = 2 }
  a    = local.list[2]
  b    = local.list["x"]
  c    = local.map.alpah
  d    = local.map["gamma"]
  e    = "text".x
  f    = 5[0]
  g    = [][0]
  h    = local.list[[]]
}
