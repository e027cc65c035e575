project "p" {}

/* a comment
