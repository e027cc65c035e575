project "p" {}

locals {
  a = ""
}
