project "p" {}

model "heads" {
  parameters = "7B"
  dtype      = "bf16"

  architecture {
    layers   = 32
    hidden   = 4096
    heads    = 32
    kv_heads = 5
    ffn      = 11008
    vocab    = 32000
  }
}

model "experts" {
  parameters = "7B"
  dtype      = "bf16"

  architecture {
    layers         = 32
    hidden         = 4096
    heads          = 32
    ffn            = 11008
    vocab          = 32000
    experts        = 4
    active_experts = 8
  }
}

stage "s" {
  kind  = "serving"
  model = model.heads

  serving {
    measured_memory = { "8" = "12GiB", "16" = "10GiB" }
  }

  requirements {
    vcpus = 4
  }

  replicas {
    min = 1
  }
}
