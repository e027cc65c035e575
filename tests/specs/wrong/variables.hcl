project "p" {}

variable "unset" {
}

variable "typed" {
  type    = list(number)
  default = ["a"]
}

variable "object" {
  type = object({
    a = string
    b = optional(bool)
  })
  default = { b = true }
}

variable "checked" {
  default = 3
  validation {
    condition     = var.checked > 5
    error_message = "It must be above 5; it is ${var.checked}."
  }
  validation {
    condition     = "no bool"
    error_message = ""
  }
}

# What uses a variable without value isn't reported again.
locals {
  a = var.unset
}
