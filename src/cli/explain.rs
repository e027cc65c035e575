//! `mlinfra explain`: why a stage runs where it does.

use super::catalog::CatalogSource;
use super::plan::SearchArgs;
use super::spec_args::{self, Loaded, SpecArgs};
use super::{Io, Outcome, Report};
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, Sources};
use crate::planning::explain::Question;
use crate::planning::plan::Plan;
use crate::spec::edit::Change;
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
    /// Plan as if the stage were written differently: `requirements.gpu.count = 4`, or
    /// `- requirements.arch` to leave something out; may be given several times
    #[arg(
        long,
        value_name = "CHANGE",
        allow_hyphen_values = true,
        conflicts_with = "why_not"
    )]
    what_if: Vec<String>,
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
    if !args.what_if.is_empty() {
        return what_if(args, &loaded, &catalog, io).map_err(as_json);
    }
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

/// Plans the spec as it is and as it would be, and prints what that changes.
fn what_if(args: &Args, now: &Loaded, catalog: &Catalog, io: &mut Io) -> Outcome {
    if let Some(unknown) = planning::explain::unknown_stage(&now.project, &args.stage) {
        return Err(unknown.into());
    }
    let then = spec_args::load_changed(&args.spec, io, |sources| changed(args, &sources))?;
    let before = planned(args, now, catalog)?;
    let after = planned(args, &then, catalog)?;
    let text = if args.json {
        format!(
            "{:#}\n",
            render::explain::what_if_json(&args.what_if, &before, &after)
        )
    } else {
        let width = io.width.clamp(60, 100);
        render::explain::what_if(&args.what_if, &before, &after, width, &io.palette)
    };
    io.print(&text);
    io.show(&then.warnings, &then.sources);
    Ok(0)
}

fn planned(args: &Args, loaded: &Loaded, catalog: &Catalog) -> Result<Plan, Report> {
    let (plan, found) = args
        .search
        .options(|options| planning::plan(&loaded.project, catalog, &loaded.sources, options));
    // A plan that exceeds a budget is still one to compare.
    plan.ok_or_else(|| Report {
        diagnostics: found,
        sources: loaded.sources.clone(),
        json: args.json,
    })
}

/// The files of the spec with all changes made, named so that messages tell that they are changed.
fn changed(args: &Args, sources: &Sources) -> Result<Sources, Box<Diagnostic>> {
    let mut texts: Vec<(String, String)> = sources
        .iter()
        .map(|(_, file)| (file.name.clone(), file.text.clone()))
        .collect();
    for change in &args.what_if {
        let change = Change::parse(change)?;
        for (name, text) in &mut texts {
            if let Some(new) = change.made_in(text, &args.stage)? {
                *text = new;
                if !name.ends_with(CHANGED) {
                    name.push_str(CHANGED);
                }
            }
        }
    }
    let mut changed = Sources::new();
    for (name, text) in texts {
        changed.add(name, text);
    }
    Ok(changed)
}

/// Marks a file whose text isn't the one on disk.
const CHANGED: &str = " (changed by --what-if)";
