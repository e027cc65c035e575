//! `mlinfra gpu`: which GPUs a model fits, what this machine's GPUs are, and whether they are what
//! was bought.

#[cfg(feature = "nvml")]
mod check;
mod fit;
#[cfg(feature = "nvml")]
mod interrupt;
#[cfg(feature = "nvml")]
mod list;
#[cfg(feature = "nvml")]
mod source;
#[cfg(feature = "nvml")]
mod watch;

use super::{Io, Outcome};
#[cfg(feature = "nvml")]
use source::Source;

/// Which GPUs a model fits, and whether this machine's are what was bought
///
/// `fit` is arithmetic and needs no GPU. `list` and `check` read NVML, the library of the NVIDIA
/// driver; nothing is changed on any card.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[cfg(feature = "nvml")]
    Check(check::Args),
    Fit(Box<fit::Args>),
    #[cfg(feature = "nvml")]
    List(list::Args),
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    match &args.command {
        #[cfg(feature = "nvml")]
        Command::Check(args) => check::run(args, io),
        Command::Fit(args) => fit::run(args, io),
        #[cfg(feature = "nvml")]
        Command::List(args) => list::run(args, io),
    }
}
