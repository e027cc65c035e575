//! The program as people start it: exit codes, streams, help, wrong arguments.

mod files;
mod help;
mod program;
mod streams;
mod usage;

pub(crate) use program::{Finished, Program, mlinfra};
