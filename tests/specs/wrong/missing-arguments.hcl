project "p" {}

dataset "d" {
}

cluster "c" {
  location = "onprem/c"
  node_pool "n" {
    gpu = "A2"
  }
}

budget "b" {
}

model "m" {
  architecture {
    layers = 1
    hidden = 100
    heads  = 3
    ffn    = 4
    vocab  = 5
  }
}
