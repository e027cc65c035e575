project "p" {}

# Measured on eight A100 only. L4 has 121 of 312 TFLOPS and 300 of 1,555 GB/s, so the slower side is
# bandwidth: 1 h becomes 1,555 / 300 = 5.183 h.
stage "train" {
  kind = "training"

  requirements {
    gpu {
      any_of = ["L4"]
      count  = 8
    }
  }

  run {
    work           = { A100 = "1h" }
    runs_per_month = 10
  }
}
