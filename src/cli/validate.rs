//! `mlinfra validate`.

use super::{Io, Outcome};

/// Arguments of `mlinfra validate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Runs the command.
pub(crate) fn run(_args: &Args, _io: &mut Io) -> Outcome {
    Ok(1)
}
