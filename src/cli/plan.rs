//! `mlinfra plan`: choose and price what each stage should run on.

mod against;
mod drift;

use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use self::against::{Against, Question};
use super::apply::{Planned, ScopeArgs};
use super::catalog::CatalogSource;
use super::policies::{Policies, PolicyArgs};
use super::reports::{Found, ReportArgs};
use super::running::block_on;
use super::running::places::PlaceArgs;
use super::spec_args::{self, Loaded, SpecArgs};
use super::{Io, Outcome, Report, exit};
use crate::catalog::Catalog;
use crate::diagnostics::Diagnostics;
use crate::planning::plan::Plan;
use crate::planning::{Objective, Options};
use crate::review::policy::Judgement;
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
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    places: PlaceArgs,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    reports: ReportArgs,
    /// Show what something else than mlinfra changed, and plan nothing
    #[arg(long, conflicts_with_all = ["out", "html", "markdown", "pareto", "destroy", "no_refresh"])]
    refresh_only: bool,
    /// Show what `destroy` would delete
    #[arg(long, conflicts_with_all = ["html", "markdown", "pareto"])]
    destroy: bool,
    /// Print what less time costs: all plans that nothing beats in both
    #[arg(long, conflicts_with_all = ["out", "html", "markdown", "objective", "detailed_exitcode"])]
    pareto: bool,
    /// Write the frozen plan to a file, as JSON with the digests of all inputs
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the plan to a file as a page for a browser, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
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
            stop: limit.map(|_| &stop as &dyn Fn() -> bool),
        })
    }
}

fn parse_duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text).map_err(|error| error.to_string())
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let mut found = Found::of(args.spec.path.display().to_string());
    let outcome = plan(args, &mut found, io);
    found.ended(&outcome);
    args.reports.write(&[found])?;
    outcome
}

/// Plans, and keeps what was found for reports.
fn plan(args: &Args, found: &mut Found, io: &mut Io) -> Outcome {
    let as_json = |report: Report| Report {
        json: args.json,
        ..report
    };
    let loaded = spec_args::load(&args.spec, io).map_err(as_json)?;
    if args.refresh_only {
        return refresh_only(args, loaded, io).map_err(as_json);
    }
    let catalog = args.catalogs.load(io).map_err(|d| as_json(d.into()))?;
    let folder = spec_args::folder(&args.spec.path);
    let locked = lock::check(&folder, &catalog).map_err(|d| as_json(d.into()))?;
    if args.pareto {
        return pareto(args, &loaded, &catalog, io).map_err(as_json);
    }
    let policies = args.policies.load(io).map_err(as_json)?;
    let (plan, told) = args
        .search
        .options(|options| planning::plan(&loaded.project, &catalog, &loaded.sources, options));
    let mut diagnostics = loaded.warnings.clone();
    diagnostics.extend(told);
    let Some(plan) = plan else {
        return Err(Report {
            diagnostics,
            sources: loaded.sources,
            json: args.json,
        });
    };
    let planned = Planned::new(loaded, plan);
    let refused = diagnostics.has_errors();
    let held = if refused {
        None
    } else {
        let failed = |diagnostics| Report {
            diagnostics,
            sources: planned.loaded.sources.clone(),
            json: args.json,
        };
        held_against(args, &planned, io).map_err(failed)?
    };
    let judged = judged(args, &planned, held.as_ref(), &policies, io).map_err(as_json)?;
    found.verdicts.clone_from(&judged.judgement.verdicts);
    found.budgets.clone_from(&planned.plan.budgets);
    found.sources.clone_from(&planned.loaded.sources);
    found.diagnostics.clone_from(&diagnostics);
    tell(args, &planned, (held, &judged), (diagnostics, locked), io)
}

/// Writes a plan where that is allowed, and prints it and what is to be said of it.
fn tell(
    args: &Args,
    planned: &Planned,
    (held, judged): (Option<Held>, &Verdicts),
    (mut diagnostics, locked): (Diagnostics, LockStatus),
    io: &mut Io,
) -> Outcome {
    let failed = |diagnostics: Diagnostics| Report {
        diagnostics,
        sources: planned.loaded.sources.clone(),
        json: args.json,
    };
    // A plan that is refused is to be read too.
    if let Some(html) = &args.html {
        let page = {
            let named = args.spec.path.display().to_string();
            render::page::plan(&planned.plan, &judged.judgement.verdicts, &named)
        };
        store::plans::write(html, &page).map_err(|d| failed(d.into()))?;
        io.note(&format!("Wrote the page to {}.\n", html.display()));
    }
    let shown = held.as_ref().and_then(Held::shown);
    diagnostics.extend(shown.map(|held| held.warnings.clone()).unwrap_or_default());
    diagnostics.extend(judged.judgement.diagnostics.clone());
    let refused = diagnostics.has_errors();
    if let (Some(out), false) = (&args.out, refused) {
        let execution = held.as_ref().and_then(|held| held.against.as_ref().ok());
        let document = saved(args, &planned.plan, execution);
        let document = render::plan::judged(document, judged.stated.clone());
        store::plans::write(out, &format!("{document:#}\n")).map_err(|d| failed(d.into()))?;
    }
    // A refused plan is shown to people; for programs there is one document on stdout.
    if !refused || !args.json {
        io.print(&rendered(args, &planned.plan, shown, judged, io));
    }
    if refused {
        return Err(failed(diagnostics));
    }
    io.show(&diagnostics, &planned.loaded.sources);
    closing_notes(args, held.as_ref(), locked, io);
    let changes = match shown {
        Some(held) => held
            .frozen
            .changes
            .iter()
            .any(|change| change.action.is_something()),
        None => !planned.plan.stages.is_empty(),
    };
    Ok(if args.detailed_exitcode && changes {
        exit::CHANGES
    } else {
        0
    })
}

/// What policies say, and how the plan's JSON says it.
struct Verdicts {
    judgement: Judgement,
    stated: Value,
}

/// What policies say of what is planned; of deleting all they say nothing.
fn judged(
    args: &Args,
    planned: &Planned,
    held: Option<&Held>,
    policies: &Policies,
    io: &Io,
) -> Result<Verdicts, Report> {
    let judgement = if args.destroy {
        Judgement::default()
    } else {
        let document = document(&planned.plan, held.and_then(Held::shown));
        policies.judge(planned, &document, io.today)?
    };
    Ok(Verdicts {
        stated: policies.stated(&judgement, io.today),
        judgement,
    })
}

/// A plan that was held against what exists.
struct Held {
    /// What would be done, or why the plan can't be applied from here.
    against: Result<Against, Diagnostics>,
    /// Whether that is what was asked for, or else only what a file of the plan should have in it.
    asked: bool,
}

impl Held {
    /// What was asked for.
    fn shown(&self) -> Option<&Against> {
        self.against.as_ref().ok().filter(|_| self.asked)
    }
}

/// The plan against what exists; `None` when nobody asked and nothing exists.
fn held_against(args: &Args, planned: &Planned, io: &Io) -> Result<Option<Held>, Diagnostics> {
    let question = Question {
        spec: &args.spec,
        places: &args.places,
        scope: &args.scope,
        destroy: args.destroy,
    };
    let project = &planned.loaded.project;
    let exists = block_on(against::exists(&question, project, io))?;
    let asked = args.places.sandbox || args.destroy || exists;
    if !asked && args.out.is_none() {
        return Ok(None);
    }
    let against = block_on(against::against(&question, planned, io));
    match against {
        Err(why) if asked => Err(why),
        // A plan is of use without an apply too: it is reviewed, and held against a node's GPUs.
        against => Ok(Some(Held { against, asked })),
    }
}

/// What `-o` writes: the plan, and what `apply` needs to carry it out.
fn saved(args: &Args, plan: &Plan, against: Option<&Against>) -> Value {
    let mut document = document(plan, against);
    if let (Some(object), Some(against)) = (document.as_object_mut(), against) {
        object.insert("execution".into(), against.frozen.to_json());
        object.insert(
            "spec_path".into(),
            args.spec.path.display().to_string().into(),
        );
    }
    render::plan::sealed(document)
}

/// The plan as JSON, with what would be done where that is known.
fn document(plan: &Plan, against: Option<&Against>) -> Value {
    against.map_or_else(
        || render::plan::json(plan),
        |against| render::plan::json_with(plan, &against.frozen.changes),
    )
}

fn closing_notes(args: &Args, held: Option<&Held>, locked: LockStatus, io: &mut Io) {
    if let Some(out) = &args.out {
        io.note(&format!("Wrote the plan to {}.\n", out.display()));
        if let Some(Err(why)) = held.map(|held| &held.against) {
            let why = why.errors().next().map(|first| first.detail.clone());
            io.note(&format!(
                "It can be reviewed and not applied: {}\n",
                why.unwrap_or_default()
            ));
        }
    }
    if locked == LockStatus::Absent && io.is_terminal {
        let path = spec_args::folder(&args.spec.path);
        let path = path.display();
        io.note(&format!(
            "Not pinned to these catalogs; to do that, run: mlinfra catalog lock {path}\n"
        ));
    }
}

/// Prints what something else than mlinfra changed.
fn refresh_only(args: &Args, loaded: Loaded, io: &mut Io) -> Outcome {
    let question = Question {
        spec: &args.spec,
        places: &args.places,
        scope: &args.scope,
        destroy: false,
    };
    let found = block_on(against::drift(&question, &loaded.project, io));
    let found = found.map_err(|diagnostics| Report {
        diagnostics,
        sources: loaded.sources.clone(),
        json: args.json,
    })?;
    let rows = drift::rows(&found);
    io.print(&if args.json {
        format!("{:#}\n", render::drift::json(&rows))
    } else {
        render::drift::human(&rows, &io.palette)
    });
    found.tell(io);
    io.show(&found.warnings, &loaded.sources);
    Ok(if args.detailed_exitcode && !rows.is_empty() {
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

fn rendered(
    args: &Args,
    plan: &Plan,
    against: Option<&Against>,
    judged: &Verdicts,
    io: &Io,
) -> String {
    let width = io.width.clamp(60, 100);
    if args.json {
        let document = document(plan, against);
        let document = render::plan::judged(document, judged.stated.clone());
        return format!("{document:#}\n");
    }
    if args.markdown {
        let policies = render::policies::markdown(&judged.judgement.verdicts);
        return format!("{}{policies}", render::plan::markdown(plan));
    }
    let waived = render::policies::human(&judged.judgement.verdicts, width, &io.palette);
    let Some(against) = against else {
        let plan = render::plan::human(plan, width, &io.palette);
        return format!("{plan}{waived}");
    };
    let bill = if args.destroy {
        String::new()
    } else {
        format!("{}\n", render::plan::body(plan, width, &io.palette))
    };
    let changes = render::changes::human(&against.frozen.changes, width, &io.palette);
    format!("{bill}{changes}{waived}")
}
