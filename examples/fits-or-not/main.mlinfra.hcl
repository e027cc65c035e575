# Two services and a fine-tuning job on owned A2 and A30, with the clouds beside them. Which card a
# stage gets depends on what its model needs in memory.

project "fits-or-not" {
  team = "assistants"
}

provider "gcp" {
  regions = ["us-central1", "europe-west4"]
}

cluster "dc1" {
  location   = "onprem/dc1"
  transfer   = { "gcp/*" = 0.02 }
  throughput = { "gcp/*" = 5 }

  node_pool "a2" {
    gpu                = "A2"
    gpus_per_node      = 1
    vcpus              = 16
    memory             = "64GiB"
    nodes              = 6
    cost_per_node_hour = 0.12
  }

  node_pool "a30" {
    gpu                = "A30"
    gpus_per_node      = 2
    vcpus              = 32
    memory             = "256GiB"
    nodes              = 2
    cost_per_node_hour = 0.95
  }
}

# Seven billion parameters with 8 key-value heads.
model "assistant" {
  parameters = "7B"
  dtype      = "bf16"

  architecture {
    layers   = 32
    hidden   = 4096
    heads    = 32
    kv_heads = 8
    head_dim = 128
    ffn      = 14336
    vocab    = 32000
  }
}

# A billion parameters, quantised to 8 bits.
model "tagger" {
  parameters = "1B"
  dtype      = "int8"

  architecture {
    layers   = 16
    hidden   = 2048
    heads    = 32
    kv_heads = 8
    ffn      = 8192
    vocab    = 32000
  }
}

stage "answer" {
  kind  = "serving"
  model = model.assistant

  serving {
    max_batch = 8
    sequence  = 2048
    runtime   = "triton"
  }

  requirements {
    gpu {
      prefer      = ["A2"]
      else_any_of = ["A30", "A100", "L4"]
    }
  }

  replicas {
    min = 2
  }
}

stage "tag" {
  kind  = "serving"
  model = model.tagger

  serving {
    max_batch = 8
    sequence  = 2048
    runtime   = "triton"
  }

  requirements {
    gpu {
      prefer      = ["A2"]
      else_any_of = ["A30", "A100", "L4"]
    }
  }

  replicas {
    min = 1
  }
}

stage "adapt" {
  kind  = "training"
  model = model.assistant

  training {
    method      = "lora"
    lora_rank   = 16
    precision   = "bf16"
    micro_batch = 3
    sequence    = 4096
    recompute   = "full"

    # The estimate leaves less than a tenth of an A30 free: two steps on a node tell.
    probe = ["python", "adapt.py", "--max-steps=2"]
  }

  requirements {
    gpu {
      any_of = ["A30", "A100"]
    }
  }

  run {
    work           = { A30 = "9h", A100 = "4h" }
    runs_per_month = 4
  }
}
