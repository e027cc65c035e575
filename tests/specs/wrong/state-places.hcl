project "p" {}

mlinfra {
  state "azure-blob" {
    account  = "acme/x"
    key      = "/mlinfra/p/"
    bucket   = "acme"
    endpoint = "minio.acme.test"
  }
}
