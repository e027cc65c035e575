mlinfra {
  required_version = "> 99"
}

project "p" {}
