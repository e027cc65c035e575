project "p" {}

model "m" {
  parameters = "7B"
  dtype      = "bfloat16"
}

stage "s" {
  kind = "trainning"
  requirements {
    arch     = "amd64"
    capacity = ["on-demand", "preemptible"]
    gpu {
      any_of       = ["A100"]
      interconnect = "nvlink"
    }
  }
  pin {
    provider = "amazon"
  }
}

commitment "c" {
  provider     = "aws"
  kind         = "savings"
  usd_per_hour = 4
  discount     = 0.3
}

quota "q" {
  scope = "everyone"
  max   = 1
}
