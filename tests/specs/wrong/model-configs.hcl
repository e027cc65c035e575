project "p" {}

model "twice" {
  config     = "{\"model_type\": \"gpt2\", \"n_embd\": 768, \"n_layer\": 12, \"n_head\": 12, \"n_positions\": 1024, \"vocab_size\": 50257}"
  parameters = "7B"
  dtype      = "fp16"
}

model "untyped" {
  config = "{\"model_type\": \"gpt2\", \"n_embd\": 768, \"n_layer\": 12, \"n_head\": 12, \"n_positions\": 1024, \"vocab_size\": 50257}"
}

model "unknown" {
  config = "{}"
}
