//! `.mlinfra.lock.hcl`: which catalogs a spec was planned with, by day and digest.
