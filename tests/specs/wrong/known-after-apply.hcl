project "p" {}

stage "s" {
  kind = "serving"
  requirements {
    vcpus = 8
  }
  replicas {}
}

locals {
  url  = "https://${stage.s.endpoint}/v2"
  sum  = stage.s.endpoint + 1
  json = jsonencode({ url = stage.s.endpoint })
}

project_url = stage.s.endpoint

output "list" {
  value = [stage.s.endpoint]
}

dataset "d" {
  location = stage.s.endpoint
  size     = "1TiB"
}
