project "p" {}

dataset "d" {
  location = ["aws/us-east-1"]
  size     = 1000
}

stage "s" {
  kind            = true
  prevent_destroy = "maybe"
  reads           = [dataset.d]
  requirements {
    vcpus      = "many"
    cpu_vendor = "amd"
  }
  run {
    duration       = { A100 = "1h" }
    runs_per_month = []
  }
}

output "o" {
  value     = !3
  sensitive = 1
}

locals {
  a = 1 + []
  b = [for x in 5 : x]
  c = "${[]}"
  d = true ? 1 : 2
  e = 7 ? 1 : 2
  f = -"x"
}
