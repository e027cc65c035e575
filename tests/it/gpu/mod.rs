//! `mlinfra gpu` on machines that `tests/nvml` makes up: the real program loads a library that says
//! what a profile holds.

mod absent;
mod checks;
mod expectations;
mod fake;
mod lists;
mod plans;
mod python;
mod real;
mod watch;
