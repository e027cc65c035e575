# Where stages may run, and what may be spent.

provider "aws" {
  regions = ["us-east-1", "us-west-2", "eu-west-1"]
}

provider "gcp" {
  project = "acme-ml"
  regions = ["us-central1", "europe-west4"]
}

provider "azure" {
  subscription   = "00000000-0000-0000-0000-000000000000"
  resource_group = "ml"
  regions        = ["eastus", "westeurope"]
}

# Capacity that is already owned: priced by its owner, limited in number. It is where A30 and A2
# come from, which none of the three clouds rents.
cluster "dc1" {
  kubeconfig_context = "dc1-admin"
  location           = "onprem/dc1"
  transfer           = { "aws/*" = 0.02, "gcp/*" = 0.02, "azure/*" = 0.02 } # USD per GB out of here
  throughput         = { "aws/*" = 5, "gcp/*" = 5, "azure/*" = 5 }          # Gbit/s either way

  node_pool "a30" {
    gpu                = "A30"
    gpus_per_node      = 4
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 4
    cost_per_node_hour = 1.90
  }

  node_pool "a2" {
    gpu                = "A2"
    gpus_per_node      = 1
    vcpus              = 16
    memory             = "64GiB"
    nodes              = 6
    cost_per_node_hour = 0.12
  }
}

budget "month" {
  limit     = 12000
  warn_at   = 0.8
  on_exceed = "deny"
}

quota "a100" {
  scope = "team"
  gpu   = "A100"
  max   = 16
}
