project {}

stage "a" "b" {
}

locals "x" {}

provider "ibm" {}

mlinfra {
  state "s4" {
    bucket = "b"
  }
}
