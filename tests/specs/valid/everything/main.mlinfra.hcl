# Every block and every argument of the language.

mlinfra {
  required_version = ">= 0.1, < 2"

  state "s3" {
    bucket = "acme-mlinfra"
    key    = "mlinfra/${local.name}"
    region = "us-east-1"
  }
}

project "recommender" {
  team     = "ranking"
  owner    = "ml-platform@acme.test"
  labels   = { env = var.env, cost-centre = tostring(4711) }
  deadline = "7d"
}

variable "env" {
  type        = string
  default     = "prod"
  description = "Where this is."

  validation {
    condition     = contains(["prod", "test"], var.env)
    error_message = "`env` is prod or test."
  }
}

variable "token" {
  default   = "secret"
  sensitive = true
}

variable "sizes" {
  type = object({
    features = string
    copies   = optional(number)
  })
  default = { features = "600GiB" }
}

locals {
  name    = "recommender-${var.env}"
  regions = [for r in ["us-east-1", "us-west-2"] : r if startswith(r, "us-")]
}

locals {
  nightly = 2
}

provider "aws" {
  regions                = local.regions
  interruptions_per_hour = 0.01
}

provider "gcp" {
  project = "acme-ml"
}

cluster "dc1" {
  kubeconfig_context   = "dc1-admin"
  location             = "onprem/dc1"
  transfer             = { "aws/*" = 0.02, "*" = "0.05" }
  throughput           = { "aws/*" = 2.5, "*" = 1 }
  storage_per_gb_month = 0.01

  node_pool "a30" {
    gpu                = "A30"
    gpus_per_node      = 4
    vcpus              = 64
    memory             = "512GiB"
    arch               = "x86_64"
    cpu_vendor         = "amd"
    nodes              = 4
    cost_per_node_hour = 1.90
    cost_basis         = "marginal"
  }

  node_pool "cpu" {
    vcpus              = 32
    memory             = "128GiB"
    nodes              = 2
    cost_per_node_hour = 0.5
    cost_basis         = "sunk"
  }
}

dataset "events" {
  uri      = "s3://acme-events"
  location = "aws/us-east-1"
  zone     = "use1-az1"
  size     = "40TiB"
}

model "ranker" {
  parameters = "7B"
  dtype      = "bf16"

  architecture {
    layers   = 32
    hidden   = 4096
    heads    = 32
    kv_heads = 8
    ffn      = 14336
    vocab    = 128256
  }
}
