//! `mlinfra completion`: prints a script that completes commands and options in a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Io, Outcome};

/// Arguments of `mlinfra completion`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell to print the script for
    shell: Shell,
}

/// Prints the script.
#[expect(clippy::unnecessary_wraps, reason = "every command has this signature")]
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    clap_complete::generate(args.shell, &mut Cli::command(), "mlinfra", &mut io.out);
    Ok(0)
}
