//! `mlinfra apply`: carry out a plan.

mod saved;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;

use super::plan::SearchArgs;
use super::policies::{Policies, PolicyArgs};
use super::running::execute::{self, RunArgs, Task, execute};
use super::running::places::{PlaceArgs, Places};
use super::running::prepare::{decide, find_out};
use super::running::providers::{Providers, Reach};
use super::running::{block_on, session};
use super::spec_args::{self, Loaded, SpecArgs};
use super::{Io, Outcome, Report, outputs};
use crate::catalog::Catalog;
use crate::changes::change::Change;
use crate::changes::diff::DiffOptions;
use crate::changes::frozen::{Inputs, Purpose};
use crate::changes::wanted::{Realm, Wanted, wanted};
use crate::cli::catalog::CatalogSource;
use crate::diagnostics::{self, Diagnostic, Diagnostics, policy};

use crate::planning::plan::Plan;
use crate::render;
use crate::review::policy::Judgement;
use crate::review::verdict::Verdict;
use crate::store::lock;
use crate::store::vault::Vault;

/// Carry out a plan: make, change and delete until all is as planned
///
/// Plans anew from the spec, shows what would be done, asks, and does it; or carries out a plan that
/// `plan -o` wrote, exactly as it was reviewed, or not at all. A run that was interrupted at any moment is
/// gone on with: what it was doing is looked up first.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// A folder with `*.mlinfra.hcl` files or one file; or a plan that `plan -o` wrote
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    catalogs: CatalogSource,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    pub(super) scope: ScopeArgs,
    #[command(flatten)]
    places: PlaceArgs,
    #[command(flatten)]
    policies: PolicyArgs,
    #[command(flatten)]
    run: RunArgs,
    /// Carry out this plan or none: the digest that a review shows, as `sha256:5f8c…`
    #[arg(long, value_name = "DIGEST", value_parser = parse_digest)]
    expect_plan: Option<String>,
}

/// The hex digits of a sha-256.
fn parse_digest(text: &str) -> Result<String, String> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let is_hex = hex.len() == 64 && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if is_hex {
        return Ok(hex.to_owned());
    }
    Err("it isn't `sha256:` and 64 digits from 0 to f".to_owned())
}

/// Refuses a plan that isn't the one that was asked for.
fn expect(expected: Option<&str>, plan_sha256: &str) -> Result<(), Diagnostic> {
    let Some(expected) = expected.filter(|expected| *expected != plan_sha256) else {
        return Ok(());
    };
    Err(Diagnostic::error(&diagnostics::apply::OTHER_PLAN)
        .detail(format!(
            "What would be applied is sha256:{plan_sha256}, and asked for is sha256:{expected}."
        ))
        .hint("review the change as it is now, and ask for the digest that the new review shows"))
}

/// What is looked at, and how closely.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ScopeArgs {
    /// Look at this stage alone; may be given several times
    #[arg(long, value_name = "STAGE")]
    pub target: Vec<String>,
    /// Make the nodes of this stage anew; may be given several times
    #[arg(long, value_name = "STAGE")]
    pub replace: Vec<String>,
    /// Take what exists to be as it was read last, instead of reading it
    #[arg(long)]
    pub no_refresh: bool,
}

impl ScopeArgs {
    /// As the difference takes it.
    pub(crate) fn options(&self) -> DiffOptions {
        DiffOptions {
            targets: self.target.iter().cloned().collect(),
            replace: self.replace.iter().cloned().collect(),
            ..DiffOptions::default()
        }
    }
}

/// A spec with its plan.
pub(crate) struct Planned {
    pub loaded: Loaded,
    pub plan: Plan,
    /// Once somebody has asked.
    sha256: OnceCell<String>,
}

impl Planned {
    pub(crate) fn new(loaded: Loaded, plan: Plan) -> Self {
        Self {
            loaded,
            plan,
            sha256: OnceCell::new(),
        }
    }

    /// The digest of the plan's JSON.
    pub(crate) fn plan_sha256(&self) -> &str {
        self.sha256
            .get_or_init(|| render::plan::digest_of(&self.plan))
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let as_json = |report: Report| Report {
        json: args.run.json,
        ..report
    };
    if saved::is_plan(&args.spec.path) {
        return saved::run(args, io).map_err(as_json);
    }
    let policies = args.policies.load(io).map_err(as_json)?;
    let planned = plan(args, io).map_err(as_json)?;
    expect(args.expect_plan.as_deref(), planned.plan_sha256())
        .map_err(|other| as_json(other.into()))?;
    let sources = planned.loaded.sources.clone();
    let ran = block_on(apply(args, &planned, &policies, io));
    ran.map_err(|diagnostics| Report {
        diagnostics,
        sources,
        json: args.run.json,
    })
}

/// Plans as `mlinfra plan` does.
fn plan(args: &Args, io: &mut Io) -> Result<Planned, Report> {
    let loaded = spec_args::load(&args.spec, io)?;
    let catalog = args.catalogs.load(io)?;
    lock::check(&spec_args::folder(&args.spec.path), &catalog)?;
    planned(&args.search, loaded, &catalog)
}

/// The plan of a spec, or why there is none.
pub(crate) fn planned(
    search: &SearchArgs,
    loaded: Loaded,
    catalog: &Catalog,
) -> Result<Planned, Report> {
    let (plan, found) = search.options(|options| {
        crate::planning::plan(&loaded.project, catalog, &loaded.sources, options)
    });
    let mut warnings = loaded.warnings.clone();
    warnings.extend(found);
    match plan {
        Some(plan) if !warnings.has_errors() => Ok(Planned::new(loaded, plan)),
        _ => Err(Report {
            diagnostics: warnings,
            sources: loaded.sources,
            json: false,
        }),
    }
}

/// Plans against what exists, asks, and carries it out.
async fn apply(
    args: &Args,
    planned: &Planned,
    policies: &Policies,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let project = &planned.loaded.project;
    let places = Places::of(&args.places, &args.spec.path, project, io)?;
    let blobs = places.blobs(io)?;
    let mut vault = session::open(&*blobs, &project.name, "apply", io).await?;
    let applied = within(args, (planned, policies), &places, &mut vault, io).await;
    session::closed(vault, applied).await
}

/// The same with the state open.
async fn within(
    args: &Args,
    (planned, policies): (&Planned, &Policies),
    places: &Places,
    vault: &mut Vault<'_>,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let realm = places.realm();
    let reach = Reach::of(vault.state(), Some(&planned.plan));
    let providers = Providers::connect(places, &reach).await?;
    let project = &planned.loaded.project;
    let options = args.scope.options();
    let wants = wants(planned, realm, &providers, &options.targets)?;
    let mut found = find_out(vault, &providers, !args.scope.no_refresh).await?;
    found.is_known()?;
    let purpose = Purpose {
        project: &project.name,
        realm,
        options: &options,
        inputs: Inputs::from(&planned.plan.inputs),
        plan_sha256: planned.plan_sha256().to_owned(),
    };
    let (frozen, mut warnings) = decide(&mut found, wants, &purpose, vault, &providers).await?;
    let judgement = judged(policies, planned, &frozen.changes, io)?;
    warnings.extend(judgement.diagnostics);
    if !args.run.json {
        io.print(&render::plan::overview(
            &planned.plan,
            io.width.clamp(60, 100),
            &io.palette,
        ));
        found.tell(io);
        execute::show(&frozen, io);
        tell_verdicts(&judgement.verdicts, io);
    }
    if warnings.has_errors() {
        return Err(warnings);
    }
    if !args.run.json {
        io.show(&warnings, &planned.loaded.sources);
    }
    let task = Task {
        arguments: again(&args.spec.path, &args.places),
        frozen: &frozen,
        question: execute::question(&frozen, realm == Realm::Sandbox),
        observed: Some(&found.state),
    };
    let code = execute(&task, &args.run, vault, &providers, io).await?;
    outputs::tell(project, vault.state(), args.run.json, io);
    Ok(code)
}

/// What policies say of a plan and of what it does.
fn judged(
    policies: &Policies,
    planned: &Planned,
    changes: &[Change],
    io: &mut Io,
) -> Result<Judgement, Diagnostic> {
    let document = render::plan::json_with(&planned.plan, changes);
    let judgement = policies.judge(planned, &document, io.today);
    judgement.map_err(|report| {
        // Its places are in other files than those that the caller shows.
        io.show(&report.diagnostics, &report.sources);
        let why = "The policies in Rego couldn't be asked, so nothing was done.";
        Diagnostic::error(&policy::REGO).detail(why)
    })
}

/// Tells people what was waived.
fn tell_verdicts(verdicts: &[Verdict], io: &mut Io) {
    let (width, palette) = (io.width.clamp(60, 100), &io.palette);
    let told = render::policies::human(verdicts, width, palette);
    io.print(&told);
}

/// The objects of a plan, or what keeps it from being applied.
pub(crate) fn wants(
    planned: &Planned,
    realm: Realm,
    providers: &Providers,
    targets: &BTreeSet<String>,
) -> Result<(Vec<Wanted>, Diagnostics), Diagnostics> {
    let manifests = providers.manifests();
    let (wants, diagnostics) = wanted(
        &planned.loaded.project,
        &planned.plan,
        realm,
        &manifests,
        targets,
    );
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    Ok((wants, diagnostics))
}

/// How a later command names the same spec and places.
pub(crate) fn again(path: &Path, places: &PlaceArgs) -> String {
    let mut text = String::new();
    if places.sandbox {
        text.push_str(" --sandbox");
    }
    if let Some(state) = &places.state {
        text.push_str(&format!(" --state {state}"));
    }
    if path != Path::new(".") {
        text.push_str(&format!(" {}", path.display()));
    }
    text
}

/// A spec as it is now, and the identity of what would be planned from.
struct Current {
    loaded: Loaded,
    inputs: Inputs,
}

/// Reads the spec and the catalogs that a saved plan was made from.
fn current(args: &Args, io: &mut Io) -> Result<Current, Report> {
    let loaded = spec_args::load(&args.spec, io)?;
    let catalog = args.catalogs.load(io)?;
    let inputs = args
        .search
        .options(|options| crate::planning::inputs(&loaded.project, &catalog, options));
    Ok(Current {
        inputs: Inputs::from(&inputs),
        loaded,
    })
}
