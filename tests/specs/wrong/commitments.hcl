project "p" {}

commitment "a" {
  provider     = "aws"
  kind         = "instance-savings-plan"
  usd_per_hour = 4
  discount     = 0.3
}

commitment "b" {
  provider     = "azure"
  kind         = "reserved-instances"
  usd_per_hour = 4
  discount     = 1
  famly        = "Standard_D"
}

commitment "c" {
  provider     = "gcp"
  kind         = "committed-use"
  usd_per_hour = 4
  discount     = 0.2
  family       = ""
}
