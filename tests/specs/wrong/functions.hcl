project "p" {}

locals {
  unknown  = uper("a")
  few      = join(",")
  many     = abs(1, 2)
  refused  = max("a")
  list     = join(",", { a = 1 })
  none     = coalesce(null, "")
  sorted   = sort([1])
  element  = element([], 0)
  sliced   = slice([1], 0, 9)
  formated = format("%d", 1.5)
  date     = formatdate("YYYY", "yesterday")
  json     = jsondecode("{")
  tried    = try(1 / 0, [][0])
  spread   = max(5...)
  number   = tonumber("x")
  space    = split("", "a")
  step     = range(1, 5, 0)
}
