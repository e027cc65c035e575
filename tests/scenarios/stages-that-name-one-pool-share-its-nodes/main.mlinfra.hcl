project "p" {}

# One machine with an L4 and four vCPUs answers requests with two of them; the other two are free for
# the nightly job.
stage "prepare" {
  kind  = "data-processing"
  share = "box"

  requirements {
    vcpus  = 2
    memory = "4GiB"
  }

  run {
    duration = "3h"
    schedule = "0 1 * * *"
  }
}

stage "serve" {
  kind  = "serving"
  share = "box"

  requirements {
    vcpus  = 2
    memory = "8GiB"

    gpu {
      any_of = ["L4"]
    }
  }

  replicas {
    min = 1
  }
}
