# What acme holds all specs to. Kept where those who are reviewed can't change it.

policy "gpu-without-lifetime" {
  severity = "deny"
  waivable = true
}

policy "public-exposure" { severity = "deny" }

policy "no-owner" { severity = "deny" }

policy "cross-region-data" {
  severity    = "warn"
  max_monthly = 50
}

budget "ranking" {
  team    = "ranking"
  limit   = 20000
  warn_at = 0.9
}

quota "gpus-of-ranking" {
  team = "ranking"
  max  = 16
}
