project "p" {
  owner = var.secret
}

variable "secret" {
  default   = "hunter2"
  sensitive = true
}

locals {
  a = "${var.secret}!"
  b = tonumber(local.a)
}

output "o" {
  value = local.a
}

output "fine" {
  value     = local.a
  sensitive = true
}
