project "p" {}

cluster "dc1" {
  location = "onprem/dc1"

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
    gpus_per_node      = 4
    vcpus              = 64
    memory             = "512GiB"
    nodes              = 4
    cost_per_node_hour = 1.90
  }
}

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

stage "serve" {
  kind  = "serving"
  model = model.assistant

  serving {
    max_batch = 64
    sequence  = 2048
    runtime   = "vllm"
  }

  requirements {
    gpu {
      any_of = ["A2", "L4"]
    }
  }

  replicas {
    min = 1
  }
}
