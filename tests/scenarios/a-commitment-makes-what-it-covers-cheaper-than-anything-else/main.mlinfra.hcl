project "p" {}

# gcp costs 0.70 for what aws rents at 0.80; the savings plan covers 0.40 / 0.8 = 0.50 of that.
commitment "plan" {
  provider     = "aws"
  kind         = "compute-savings-plan"
  usd_per_hour = 0.40
  discount     = 0.20
}

stage "serve" {
  kind = "serving"

  requirements {
    gpu {
      any_of = ["L4"]
    }
  }

  replicas {
    min = 1
  }
}
