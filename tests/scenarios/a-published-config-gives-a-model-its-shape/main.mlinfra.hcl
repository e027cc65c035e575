project "p" {}

model "llama" {
  config = file("config.json")
}
stage "serve" {
  kind  = "serving"
  model = model.llama
  serving {
    max_batch = 2
    sequence  = 8192
    runtime   = "vllm"
  }
  requirements {
    gpu {
      prefer      = ["A2"]
      else_any_of = ["L4"]
    }
  }
  replicas {
    min = 1
  }
}
