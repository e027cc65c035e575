//! `mlinfra plan`: choose and price what each stage should run on.

use std::path::PathBuf;
use std::time::Instant;

use super::catalog::CatalogSource;
use super::spec_args::{self, Loaded, SpecArgs};
use super::{Io, Outcome, Report, exit};
use crate::catalog::Catalog;
use crate::planning::plan::Plan;
use crate::planning::{Objective, Options};
use crate::store::lock::{self, LockStatus};
use crate::units::Duration;
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
    #[command(flatten)]
    search: SearchArgs,
    /// Print what less time costs: all plans that nothing beats in both
    #[arg(long, conflicts_with_all = ["out", "markdown", "objective", "detailed_exitcode"])]
    pareto: bool,
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

/// What is minimised, under which conditions.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SearchArgs {
    /// What to minimise: USD per month, or the time of one pass through all stages
    #[arg(long, value_name = "WHAT", value_parser = ["cost", "time"], default_value = "cost")]
    objective: String,
    /// Longest time of one pass through all stages, e.g. 12h
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    deadline: Option<Duration>,
    /// Stop searching after this time, and say how far from the best plan the result can be
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    time_limit: Option<Duration>,
}

impl SearchArgs {
    /// Calls `with` with these options; the time limit counts from here.
    #[expect(
        clippy::disallowed_methods,
        reason = "the command line is where time comes from"
    )]
    pub(crate) fn options<T>(&self, with: impl FnOnce(&Options<'_>) -> T) -> T {
        let start = Instant::now();
        let limit = self
            .time_limit
            .map(|limit| std::time::Duration::from_millis(limit.millis()));
        let stop = || limit.is_some_and(|limit| start.elapsed() >= limit);
        with(&Options {
            objective: if self.objective == "time" {
                Objective::Time
            } else {
                Objective::Cost
            },
            deadline: self.deadline,
            stop: &stop,
        })
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text).map_err(|error| error.to_string())
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
    if args.pareto {
        return pareto(args, &loaded, &catalog, io).map_err(as_json);
    }
    let (plan, found) = args
        .search
        .options(|options| planning::plan(&loaded.project, &catalog, &loaded.sources, options));
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

/// Prints the front of cost against time.
fn pareto(args: &Args, loaded: &Loaded, catalog: &Catalog, io: &mut Io) -> Outcome {
    let front = args
        .search
        .options(|options| planning::pareto(&loaded.project, catalog, &loaded.sources, options));
    let front = front.map_err(|diagnostics| Report {
        diagnostics,
        sources: loaded.sources.clone(),
        json: args.json,
    })?;
    io.show(&loaded.warnings, &loaded.sources);
    io.print(&if args.json {
        format!("{:#}\n", render::plan::pareto_json(&front))
    } else {
        render::plan::pareto(&front, io.width.clamp(60, 100), &io.palette)
    });
    Ok(0)
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
