//! Arguments, settings, environment, exit codes: one file per command. The only module that prints.

mod apply;
mod arguments;
mod catalog;
#[cfg(feature = "forge")]
mod comment;
mod completion;
mod destroy;
mod diff;
mod exit;
mod explain;
mod fmt;
mod gpu;
mod import;
mod init;
mod io;
mod output;
mod outputs;
mod panic;
mod plan;
mod policies;
mod policy;
mod reports;
mod resume;
mod running;
mod schema;
mod spec_args;
mod state;
#[cfg(feature = "sandbox")]
mod tour;
mod usage;
mod validate;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::diagnostics::{Diagnostic, cli};

pub(crate) use io::{Io, Outcome, Report};

/// Plans infrastructure for machine learning from specs in git.
///
/// Reads a spec of machine-learning stages, and chooses for each the instance type and the place
/// with the lowest cost among all offerings that it knows.
#[derive(Debug, Parser)]
#[command(
    name = "mlinfra",
    version,
    max_term_width = 80,
    args_override_self = true
)]
#[command(propagate_version = false, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Cli {
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    #[arg(help_heading = "Global options")]
    color: Colour,

    /// Work in this folder, as if started there
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    #[arg(help_heading = "Global options")]
    chdir: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Long options may be written with one dash: `-json` is `--json`.

Environment:
  MLINFRA_CLI_ARGS            Arguments for every command
  MLINFRA_CLI_ARGS_<command>  Arguments for one command
  MLINFRA_VAR_<name>          A variable of the spec
  MLINFRA_CATALOGS            Catalogs to use instead of those in the program
  MLINFRA_DATA_DIR            Where compiled catalogs, state and sandbox are kept
                              [.mlinfra]
  MLINFRA_STATE               Where state is kept, as `--state` takes it
  MLINFRA_POLICY              Policy files that plans must keep
  MLINFRA_NVML_LIBRARY        The NVML library to load, for `mlinfra gpu`
  MLINFRA_STATE_KEY           The key that the state is encrypted with
  SOURCE_DATE_EPOCH           What day it is, in seconds since 1970, for ages of
                              prices and waivers
  NO_COLOR                    No colours, unless `--color always` is given

Exit codes:
  0   done
  1   error
  2   the plan has changes, or the cost differs (`--detailed-exitcode`)
  10  wrong command line or spec
  11  credentials are missing or don't suffice
  12  somebody else holds the state
  13  the plan is out of date
  14  a budget or a policy forbids it
  16  not all was applied; it can be gone on with
  17  the state is damaged
  18  what exists differs from the plan
  19  nothing meets the requirements
  20  the machine's GPUs are refused (`gpu check`)";

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented spec to start from
    Init(init::Args),
    /// Check a spec and report every mistake in it
    Validate(validate::Args),
    /// Bring specs into the standard layout
    Fmt(fmt::Args),
    /// See the whole loop in the sandbox: plan, apply, drift, repair, destroy
    #[cfg(feature = "sandbox")]
    Tour(tour::Args),
    /// Choose and price what each stage should run on
    Plan(plan::Args),
    /// Show what a change of specs costs, by cause
    Diff(diff::Args),
    /// Say why a stage runs where it does, and what would change that
    Explain(explain::Args),
    /// Which rules plans are held to
    Policy(policy::Args),
    /// Carry out a plan: make, change and delete until all is as planned
    Apply(apply::Args),
    /// Delete all that exists
    Destroy(destroy::Args),
    /// Go on with an apply that ended early
    Resume(resume::Args),
    /// Take back what an apply did that ended early
    Undo(resume::Args),
    /// Take over an object that something else made
    Import(import::Args),
    /// What is believed to exist: list, show, pull, push, rm, unlock, history
    State(state::Args),
    /// Say on a pull request what a change costs
    #[cfg(feature = "forge")]
    Comment(comment::Args),
    /// Print the outputs of what is applied
    Output(outputs::Args),
    /// List and show the priced offerings
    Catalog(catalog::Args),
    /// Which GPUs a model fits, and whether this machine's are what was bought
    Gpu(gpu::Args),
    /// Print the JSON schema of a format
    Schema(schema::Args),
    /// Print a completion script for a shell
    Completion(completion::Args),
}

/// Runs the program with the process's arguments and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    panic::install_hook();
    let argv: Vec<OsString> = std::env::args_os().collect();
    let mut io = Io::from_process(colour(&argv));
    let outcome = run(argv, &mut io);
    ExitCode::from(io.finish(outcome))
}

/// Runs one command line.
fn run(argv: Vec<OsString>, io: &mut Io) -> Outcome {
    let mut command = Cli::command();
    command.build();
    let arguments = arguments::normalise(argv, &command, |name| io.env(name))?;
    let cli = match Cli::try_parse_from(&arguments.argv) {
        Ok(cli) => cli,
        Err(error) if usage::is_request(&error) => {
            io.print(&usage::help(&error));
            return Ok(0);
        }
        Err(error) if usage::wants_command(&error) => {
            io.note(&usage::help(&error));
            return Ok(exit::USAGE);
        }
        Err(error) => return Err(usage::report(&error, &arguments)),
    };
    if let Some(dir) = &cli.chdir {
        std::env::set_current_dir(dir).map_err(|error| {
            let dir = dir.display();
            Diagnostic::error(&cli::CANNOT_ENTER).detail(format!("`{dir}`: {error}."))
        })?;
    }
    match cli.command {
        Command::Apply(args) => apply::run(&args, io),
        Command::Destroy(args) => destroy::run(&args, io),
        Command::Diff(args) => diff::run(&args, io),
        Command::Resume(args) => resume::run(&args, io),
        Command::Undo(args) => resume::undo(&args, io),
        Command::Import(args) => import::run(&args, io),
        Command::State(args) => state::run(&args, io),
        Command::Output(args) => outputs::run(&args, io),
        Command::Catalog(args) => catalog::run(&args, io),
        #[cfg(feature = "forge")]
        Command::Comment(args) => comment::run(&args, io),
        Command::Completion(args) => completion::run(&args, io),
        Command::Explain(args) => explain::run(&args, io),
        Command::Fmt(args) => fmt::run(&args, io),
        Command::Gpu(args) => gpu::run(&args, io),
        Command::Init(args) => init::run(&args, io),
        Command::Plan(args) => plan::run(&args, io),
        Command::Policy(args) => policy::run(&args, io),
        #[cfg(feature = "sandbox")]
        Command::Tour(args) => tour::run(&args, io),
        Command::Schema(args) => schema::run(&args, io),
        Command::Validate(args) => validate::run(&args, io),
    }
}

/// The value of `--color`, looked for before the arguments are parsed, since a message about wrong
/// arguments should heed it too. clap checks it later.
fn colour(argv: &[OsString]) -> anstream::ColorChoice {
    let words: Vec<&str> = argv.iter().filter_map(|a| a.to_str()).collect();
    let value = words.iter().enumerate().rev().find_map(|(i, word)| {
        let rest = word.trim_start_matches('-').strip_prefix("color")?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value),
            None => words.get(i + 1).copied().filter(|_| rest.is_empty()),
        }
    });
    match value {
        Some("always") => anstream::ColorChoice::Always,
        Some("never") => anstream::ColorChoice::Never,
        _ => anstream::ColorChoice::Auto,
    }
}
