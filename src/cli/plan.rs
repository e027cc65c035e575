//! `mlinfra plan`: choose and price what each stage should run on.

use std::path::PathBuf;

use super::catalog::CatalogSource;
use super::spec_args::{self, Loaded, SpecArgs};
use super::{Io, Outcome, Report, exit};
use crate::catalog::Catalog;
use crate::diagnostics::Diagnostics;
use crate::planning::plan::Plan;
use crate::store::lock::{self, LockStatus};
use crate::units::{Duration, UnitError};
use crate::{planning, render, store};

/// Choose and price what each stage should run on
///
/// Holds every offering of the catalogs and of owned clusters against each stage's requirements, and
/// chooses offerings and places for all stages together at the lowest cost.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    catalogs: CatalogSource,
    /// Look for a better plan no longer than this, such as `30s`; by default, for a fixed amount of
    /// work, some ten seconds
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    time_limit: Option<Duration>,
    /// Write the frozen plan to a file, as JSON with the digests of all inputs
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the plan as JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print the plan as Markdown, for a pull request
    #[arg(long)]
    markdown: bool,
    /// Exit with 2 when the plan has changes, 0 when it has none
    #[arg(long)]
    detailed_exitcode: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let as_json = |report: Report| Report {
        json: args.json,
        ..report
    };
    let loaded = spec_args::load(&args.spec, io).map_err(as_json)?;
    let catalog = args.catalogs.load(io).map_err(|d| as_json(d.into()))?;
    let folder = spec_args::folder(&args.spec.path);
    let locked = lock::check(&folder, &catalog).map_err(|d| as_json(d.into()))?;
    let (plan, found) = planned(args, &loaded, &catalog);
    let mut diagnostics = loaded.warnings;
    diagnostics.extend(found);
    let refused = diagnostics.has_errors();
    if let Some(plan) = &plan {
        if !refused && let Some(out) = &args.out {
            let text = format!("{:#}\n", render::plan::json(plan));
            store::plans::write(out, &text).map_err(|d| as_json(d.into()))?;
        }
        // A refused plan is shown to people; for programs there is one document on stdout.
        if !refused || !args.json {
            io.print(&rendered(args, plan, io));
        }
    }
    let (Some(plan), false) = (plan, refused) else {
        return Err(Report {
            diagnostics,
            sources: loaded.sources,
            json: args.json,
        });
    };
    io.show(&diagnostics, &loaded.sources);
    if let Some(out) = &args.out {
        io.note(&format!("Wrote the plan to {}.\n", out.display()));
    }
    if locked == LockStatus::Absent && io.is_terminal {
        let path = folder.display();
        io.note(&format!(
            "Not pinned to these catalogs; to do that, run: mlinfra catalog lock {path}\n"
        ));
    }
    Ok(if args.detailed_exitcode && !plan.stages.is_empty() {
        exit::CHANGES
    } else {
        0
    })
}

/// Plans within the time limit.
#[expect(
    clippy::disallowed_methods,
    reason = "the time limit is measured here, for planning"
)]
fn planned(args: &Args, loaded: &Loaded, catalog: &Catalog) -> (Option<Plan>, Diagnostics) {
    let started = std::time::Instant::now();
    let limit = args.time_limit.map(|limit| limit.millis());
    let over = || limit.is_some_and(|limit| started.elapsed().as_millis() >= u128::from(limit));
    let options = planning::Options {
        stop: limit.is_some().then_some(&over),
    };
    planning::plan(&loaded.project, catalog, &loaded.sources, &options)
}

fn duration(text: &str) -> Result<Duration, UnitError> {
    Duration::parse(text)
}

fn rendered(args: &Args, plan: &Plan, io: &Io) -> String {
    if args.json {
        format!("{:#}\n", render::plan::json(plan))
    } else if args.markdown {
        render::plan::markdown(plan)
    } else {
        render::plan::human(plan, io.width.clamp(60, 100), &io.palette)
    }
}
