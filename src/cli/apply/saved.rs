//! `mlinfra apply plan.json`: exactly the plan that was reviewed, or nothing.

use std::path::Path;

use serde_json::Value;

use super::super::policies::Policies;
use super::super::running::execute::{self, Task, execute};
use super::super::running::places::Places;
use super::super::running::providers::{Providers, Reach};
use super::super::running::{block_on, session};
use super::super::{Io, Outcome, Report, outputs};
use super::{Args, Planned, again, current, judged, tell_verdicts};
use crate::changes::check;
use crate::changes::diff::Mode;
use crate::changes::frozen::{Frozen, Inputs};
use crate::changes::wanted::Realm;
use crate::diagnostics::{Diagnostic, Diagnostics, apply, cli};
use crate::render::{self, plan::NoPlan};
use crate::review::policy::Judgement;
use crate::store::plans;
use crate::store::vault::Vault;

const ANEW: &str = "To make it anew, run:";

/// Whether a path is a saved plan rather than a spec.
pub(super) fn is_plan(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    path.is_file() && !name.is_some_and(|name| name.ends_with(".hcl"))
}

/// Runs the command.
pub(super) fn run(args: &Args, io: &mut Io) -> Outcome {
    refuse_what_is_planned_already(args)?;
    let document = plans::read(&args.spec.path, &apply::NOT_A_PLAN)
        .map_err(|diagnostic| diagnostic.hint_command(ANEW, "mlinfra plan -o FILE"))?;
    let plan = render::plan::read(&document)
        .map_err(|why| not_readable(&args.spec.path, &document, &why))?;
    let policies = args.policies.load(io)?;
    Policies::allow_stated(&document, io.today)?;
    let execution = document.get("execution").unwrap_or(&Value::Null);
    let frozen = Frozen::from_json(execution)?;
    super::expect(args.expect_plan.as_deref(), &frozen.plan_sha256)?;
    let spec = text(&document, "spec_path").unwrap_or_else(|| ".".into());
    let mut args = args.clone();
    args.spec.path = spec.into();
    args.places.sandbox = frozen.realm == Realm::Sandbox;
    let now = current(&args, io)?;
    let sources = now.loaded.sources.clone();
    let saved = Saved {
        frozen: &frozen,
        planned: Planned::new(now.loaded, plan),
        now: now.inputs,
        policies,
    };
    block_on(carry_out(&args, &saved, io)).map_err(|diagnostics| Report {
        diagnostics,
        sources,
        json: args.run.json,
    })
}

/// Why a file can't be read as a plan: that it was changed is said before all else.
fn not_readable(path: &Path, document: &Value, why: &NoPlan) -> Diagnostic {
    let path = path.display();
    let refused = if render::plan::is_as_written(document) {
        Diagnostic::error(&apply::NOT_A_PLAN).detail(format!("`{path}` {why}."))
    } else {
        Diagnostic::error(&apply::EDITED_PLAN).detail(format!(
            "`{path}` isn't as it was written: it was changed by hand, or cut short on its way."
        ))
    };
    refused.hint_command(ANEW, "mlinfra plan -o FILE")
}

/// A saved plan, and what there is now of what it was made from.
struct Saved<'f> {
    frozen: &'f Frozen,
    /// The plan with the spec as it is now; whether that is still the plan's is found out under lock.
    planned: Planned,
    now: Inputs,
    policies: Policies,
}

fn text(document: &Value, name: &str) -> Option<String> {
    document.get(name)?.as_str().map(str::to_owned)
}

/// A saved plan has been planned: nothing that planning takes may be given with it.
fn refuse_what_is_planned_already(args: &Args) -> Result<(), Diagnostic> {
    let given = [
        (!args.scope.target.is_empty(), "--target"),
        (!args.scope.replace.is_empty(), "--replace"),
        (args.scope.no_refresh, "--no-refresh"),
        (args.places.sandbox, "--sandbox"),
    ];
    match given.iter().find(|(given, _)| *given) {
        None => Ok(()),
        Some((_, name)) => Err(Diagnostic::error(&cli::USAGE).detail(format!(
            "`{name}` says what to plan, and the saved plan is made already: give it to `mlinfra plan -o`."
        ))),
    }
}

async fn carry_out(args: &Args, saved: &Saved<'_>, io: &mut Io) -> Result<u8, Diagnostics> {
    let project = &saved.planned.loaded.project;
    let places = Places::of(&args.places, &args.spec.path, project, io)?;
    let blobs = places.blobs(io)?;
    let mut vault = session::open_of(&*blobs, saved.frozen, "apply", io).await?;
    let applied = within(args, saved, &places, &mut vault, io).await;
    if applied.is_ok() {
        outputs::tell(project, vault.state(), args.run.json, io);
    }
    session::closed(vault, applied).await
}

async fn within(
    args: &Args,
    saved: &Saved<'_>,
    places: &Places,
    vault: &mut Vault<'_>,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let frozen = saved.frozen;
    let reach = Reach::of_frozen(vault.state(), frozen);
    let providers = Providers::connect(places, &reach).await?;
    session::is_known(&session::recover(vault, &providers.by_name()).await?)?;
    check::check(frozen, vault.state(), &saved.now)?;
    // Days pass between a plan and its apply, and policies change. Of deleting all they say nothing.
    let judgement = match frozen.options.mode {
        Mode::Apply => judged(&saved.policies, &saved.planned, &frozen.changes, io)?,
        Mode::Destroy => Judgement::default(),
    };
    if judgement.diagnostics.has_errors() {
        return Err(judgement.diagnostics);
    }
    if !args.run.json {
        execute::show(frozen, io);
        tell_verdicts(&judgement.verdicts, io);
        io.show(&judgement.diagnostics, &saved.planned.loaded.sources);
    }
    let task = Task {
        arguments: again(&args.spec.path, &args.places),
        frozen,
        question: execute::question(frozen, frozen.realm == Realm::Sandbox),
        observed: None,
    };
    execute(&task, &args.run, vault, &providers, io).await
}
