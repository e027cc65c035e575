//! Arguments, settings, environment, exit codes: one file per command.

mod catalog;
mod fmt;
mod init;
mod io;
mod plan;
mod schema;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use io::{Io, Outcome, Report};

/// Chooses, prices and reviews infrastructure for machine learning.
#[derive(Debug, Parser)]
#[command(name = "mlinfra", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Catalog(catalog::Args),
    Fmt(fmt::Args),
    Init(init::Args),
    Plan(plan::Args),
    Schema(schema::Args),
    Validate(validate::Args),
}

/// Runs the program with the process's arguments and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let usage = error.use_stderr();
            drop(error.print());
            return ExitCode::from(if usage { 10 } else { 0 });
        }
    };
    let mut io = Io::from_process();
    let outcome = match cli.command {
        Command::Catalog(args) => catalog::run(&args, &mut io),
        Command::Fmt(args) => fmt::run(&args, &mut io),
        Command::Init(args) => init::run(&args, &mut io),
        Command::Plan(args) => plan::run(&args, &mut io),
        Command::Schema(args) => schema::run(&args, &mut io),
        Command::Validate(args) => validate::run(&args, &mut io),
    };
    io.finish(outcome)
}
