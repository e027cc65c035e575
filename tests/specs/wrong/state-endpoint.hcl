project "p" {}

mlinfra {
  state "s3" {
    buckt    = "acme"
    key      = "mlinfra/../p"
    endpoint = "minio.acme.test"
  }
}
