//! `mlinfra gpu check`.

mod bought;
mod expect;
mod plan;
mod probe;

use mlinfra_provider_nvml::{check, verdict};

use super::{Io, Outcome, Source};
use crate::catalog::Catalog;
use crate::cli::catalog::CatalogSource;
use crate::cli::{Report, exit};
use crate::diagnostics::{Diagnostic, gpu};
use crate::render::gpu::{check_json, check_text};

/// Check that this machine's GPUs are what was bought, and sound
///
/// Refuses the machine, with exit code 20, when a check fails or a required one can't be made. What
/// is expected comes from a plan or from `--expect`; without either, only the cards' health is
/// checked.
#[derive(Debug, clap::Args)]
#[command(after_help = expect::HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    plan: plan::PlanArgs,
    /// Something that is expected, as KEY=VALUE; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    expect: Vec<String>,
    /// Accept cards that processes already use
    #[arg(long)]
    allow_processes: bool,
    /// Run the probe that the plan has for the pool, when all else is well
    #[arg(long, requires = "plan")]
    probe: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    catalogs: CatalogSource,
}

/// Loads the catalogs.
type Catalogs<'a> = &'a mut dyn FnMut() -> Result<Catalog, Diagnostic>;

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let as_json = |diagnostic: Diagnostic| Report {
        json: args.json,
        ..diagnostic.into()
    };
    // Loading them takes longer than all the rest, so it is left until a name is looked up.
    let mut catalogs = || args.catalogs.load(io);
    let pool = args.plan.load(&mut catalogs).map_err(as_json)?;
    let planned = pool.as_ref().map(|pool| pool.expectation.clone());
    let mut expectation = planned.unwrap_or_default();
    expect::add(&args.expect, &mut catalogs, &mut expectation).map_err(as_json)?;
    expectation.allow_processes = args.allow_processes;
    let probe = probe_of(args, pool.as_ref()).map_err(as_json)?;
    let library = match args.source.open(io) {
        Ok(library) => library,
        Err(diagnostic) => return Ok(refuse(diagnostic, args.json, io)),
    };
    let mut checks = check(&args.source.facts(&library), &expectation);
    if let Some(probe) = probe
        && verdict(&checks).is_ok()
    {
        checks.extend(probe::run(probe, &library, io).map_err(as_json)?);
    }
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

/// What to run; none when it isn't asked for.
fn probe_of<'a>(
    args: &Args,
    pool: Option<&'a plan::Pool>,
) -> Result<Option<&'a plan::Probe>, Diagnostic> {
    let Some(pool) = pool.filter(|_| args.probe) else {
        return Ok(None);
    };
    pool.probe.as_ref().map(Some).ok_or_else(|| {
        Diagnostic::error(&gpu::NO_PROBE)
            .detail("The plan has no probe for this pool: its spec names none.")
            .hint("leave out `--probe`")
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
