//! `mlinfra explain`: why a stage runs where it does.

use super::catalog::CatalogSource;
use super::plan::SearchArgs;
use super::spec_args::{self, SpecArgs};
use super::{Io, Outcome, Report};
use crate::planning::explain::Question;
use crate::{planning, render};

/// Say why a stage runs where it does, and what would change that
///
/// Shows what each requirement removed, the stage's bill, the best plans with something else, and
/// the rates at which another choice would win. Differences are between whole plans: other stages
/// may move along.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The stage
    #[arg(value_name = "STAGE")]
    stage: String,
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    catalogs: CatalogSource,
    #[command(flatten)]
    search: SearchArgs,
    /// Ask why the stage doesn't run on an instance type, a region, a provider or a node pool:
    /// `p4d.24xlarge`, `us-east-1`, `gcp`, `gcp/us-central1`, `gcp/us-central1/a2-highgpu-8g`,
    /// `dc1/a2`; with `@spot` or `@on-demand` for what is bought so
    #[arg(long, value_name = "OFFERING")]
    why_not: Option<String>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let as_json = |report: Report| Report {
        json: args.json,
        ..report
    };
    let loaded = spec_args::load(&args.spec, io).map_err(as_json)?;
    let catalog = args.catalogs.load(io).map_err(|d| as_json(d.into()))?;
    let (explanation, found) = args.search.options(|options| {
        planning::explain::explain(
            &loaded.project,
            &catalog,
            &loaded.sources,
            options,
            &Question {
                stage: &args.stage,
                why_not: args.why_not.as_deref(),
            },
        )
    });
    let mut diagnostics = loaded.warnings;
    diagnostics.extend(found);
    let Some(explanation) = explanation else {
        return Err(Report {
            diagnostics,
            sources: loaded.sources,
            json: args.json,
        });
    };
    let text = if args.json {
        format!("{:#}\n", render::explain::json(&explanation))
    } else {
        render::explain::human(&explanation, io.width.clamp(60, 100), &io.palette)
    };
    io.print(&text);
    io.show(&diagnostics, &loaded.sources);
    Ok(0)
}
