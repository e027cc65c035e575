project "p" {}

locals {
  a = local.b + 1
  b = var.c
  d = local.d
  e = local.a
}

variable "c" {
  default = local.a
}
