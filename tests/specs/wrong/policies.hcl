project "p" {}

policy "gpu-without-lifetme" {}

policy "no-owner" {
  severity = "fatal"
  max_age  = "30d"
}

policy "stale-catalog" {
  max_age  = "0s"
  waivable = true
}

policy "stale-catalog" {}

waiver "no-owner" {
  reason = " "
  until  = "2026-12-31"
}

waiver "no-owner" {
  reason = "the team is being founded"
  until  = "next month"
}

waiver "unknown" {
  reason = "x"
  until  = "2026-12-31"
}

waiver "idle-replicas" {
  stage = stage.serve
}
