//! `mlinfra gpu check`.

mod bought;
mod expect;

use mlinfra_provider_nvml::{check, verdict};

use super::{Io, Outcome, Source};
use crate::cli::catalog::CatalogSource;
use crate::cli::{Report, exit};
use crate::diagnostics::Diagnostic;
use crate::render::gpu::{check_json, check_text};

/// Check that this machine's GPUs are what was bought, and sound
///
/// Refuses the machine, with exit code 20, when a check fails or a required one can't be made. What
/// is expected comes from a plan or from `--expect`; without either, only the cards' health is
/// checked.
#[derive(Debug, clap::Args)]
#[command(after_help = expect::HELP)]
pub(crate) struct Args {
    /// Something that is expected, as KEY=VALUE; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    expect: Vec<String>,
    /// Accept cards that processes already use
    #[arg(long)]
    allow_processes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    catalogs: CatalogSource,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let as_json = |diagnostic: Diagnostic| Report {
        json: args.json,
        ..diagnostic.into()
    };
    let catalog = args.catalogs.load(io).map_err(as_json)?;
    let mut expectation = expect::parse(&args.expect, &catalog).map_err(as_json)?;
    expectation.allow_processes = args.allow_processes;
    let library = match args.source.open(io) {
        Ok(library) => library,
        Err(diagnostic) => return Ok(refuse(diagnostic, args.json, io)),
    };
    let checks = check(&args.source.facts(&library), &expectation);
    let text = if args.json {
        check_json(&checks)
    } else {
        check_text(&checks, io.width, &io.palette)
    };
    io.print(&text);
    Ok(if verdict(&checks).is_ok() {
        0
    } else {
        exit::REFUSED
    })
}

/// Says why nothing can be read. A node whose GPUs can't be read isn't what was bought.
fn refuse(diagnostic: Diagnostic, json: bool, io: &mut Io) -> u8 {
    io.finish(Err(Report {
        json,
        ..diagnostic.into()
    }));
    exit::REFUSED
}
