# No project, a cluster without pools, stages without what they need.

cluster "c" {
  location = "onprem/c"
}

stage "job" {
  kind = "data-processing"
}

stage "service" {
  kind = "serving"
}
