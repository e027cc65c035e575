project "p" {}

locals {
  a = env("MLINFRA_NOT_SET")
  b = file("../secret")
  c = try(env("MLINFRA_NOT_SET"), "x")
}
