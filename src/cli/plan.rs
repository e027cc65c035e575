//! `mlinfra plan`.

use super::{Io, Outcome};

/// Arguments of `mlinfra plan`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the command.
pub(crate) fn run(_args: &Args, _io: &mut Io) -> Outcome {
    Ok(1)
}
