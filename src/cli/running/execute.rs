//! Shows what is to be done, asks, and does it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use super::super::Io;
use super::approve::{self, Answer};
use super::carry_out::{Telling, Work, carry_out, conclude};
use super::providers::Providers;
use super::session;
use super::time::{Signals, System};
use crate::applying::Clock as _;
use crate::changes::change::{Action, Change, Reason, Summary};
use crate::changes::frozen::Frozen;
use crate::changes::graph;
use crate::diagnostics::{Diagnostic, Diagnostics, apply, cli};
use crate::render;
use crate::render::applied::Tally;
use crate::render::progress::Verb;
use crate::state::State;
use crate::store::vault::{self, Vault};

/// How something is carried out.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Carrying out")]
pub(crate) struct RunArgs {
    /// Don't ask before anything is done
    #[arg(long)]
    pub auto_approve: bool,
    /// How many calls are under way at a time
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub parallelism: u16,
    /// Before the first object is made, ask the clouds what would stand in the way: permissions, quotas
    #[arg(long)]
    pub preflight: bool,
    /// Print what happens as one JSON object per line; nothing is asked then
    #[arg(long, requires = "auto_approve")]
    pub json: bool,
    /// Write these JSON lines to a file, beside the text
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub json_into: Option<PathBuf>,
}

impl RunArgs {
    /// Opens what is told into.
    pub(crate) fn telling(&self) -> Result<Telling, Diagnostic> {
        let json_into = self.json_into.as_ref().map(|path| {
            File::create(path).map_err(|error| {
                let path = path.display();
                Diagnostic::error(&cli::CANNOT_WRITE).detail(format!("`{path}`: {error}."))
            })
        });
        Ok(Telling {
            json: self.json,
            json_into: json_into.transpose()?,
        })
    }
}

/// What is carried out.
pub(crate) struct Task<'t> {
    /// How the command names spec and places again, e.g. ` --sandbox examples/minimal`.
    pub arguments: String,
    pub frozen: &'t Frozen,
    /// What is asked, and the word that answers it.
    pub question: (String, String),
    /// What exists as it was read, for the state to know.
    pub observed: Option<&'t State>,
}

/// Asks, consumes the plan and carries it out; the exit code.
pub(crate) async fn execute(
    task: &Task<'_>,
    args: &RunArgs,
    vault: &mut Vault<'_>,
    providers: &Providers,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let signals = Signals::listen();
    let told = |error: vault::VaultError| Diagnostics::from(vault::diagnostic(&error));
    let mut telling = args.telling()?;
    telling.begin(task.frozen, io);
    if !is_something(task.frozen) {
        return nothing(task, vault, &mut telling, io).await;
    }
    if args.preflight {
        preflight(task.frozen, providers).await?;
    }
    if !args.auto_approve {
        let (question, word) = &task.question;
        let asked = approve::ask(question, word, io, vault, &signals).await;
        match asked.map_err(told)? {
            Answer::Yes => {}
            Answer::No => {
                io.note("Nothing was done.\n");
                return Ok(signals.exit_code().unwrap_or(1));
            }
            Answer::Nobody => return Err(not_approved().into()),
        }
    }
    let digest = task.frozen.digest();
    session::drop_plans(vault).await?;
    vault
        .keep_plan(&digest, task.frozen.to_json().to_string().as_bytes())
        .await
        .map_err(told)?;
    let consume = |state: &mut State| {
        state.consumed.insert(digest.clone());
        know(state, task);
    };
    vault.commit(consume, System.now()).await.map_err(told)?;
    let work = Work {
        graph: &task.frozen.graph,
        verbs: &verbs(&task.frozen.changes),
        providers: providers.by_name(),
        parallel: usize::from(args.parallelism),
        signals: &signals,
    };
    let (tally, code) = carry_out(&work, vault, &mut telling, io).await?;
    let again = [
        (
            format!("mlinfra resume{}", task.arguments),
            "goes on where this ended",
        ),
        (
            format!("mlinfra undo{}", task.arguments),
            "takes back what this plan did",
        ),
        (
            format!("mlinfra destroy{}", task.arguments),
            "deletes all that exists",
        ),
    ];
    if tally.is_complete() {
        vault.drop_plan(&digest).await.map_err(told)?;
    }
    conclude(&tally, vault, &again, &mut telling, io);
    Ok(code)
}

/// Tells the state what was found out: values as they were read, and what is gone.
fn know(state: &mut State, task: &Task<'_>) {
    for (address, read) in task.observed.iter().flat_map(|read| &read.objects) {
        if let Some(object) = state.objects.get_mut(address) {
            object.observed.clone_from(&read.observed);
            object.tainted = read.tainted;
        }
    }
    task.frozen.settle(state);
    let anew = task
        .frozen
        .changes
        .iter()
        .filter(|change| change.action == Action::Create && change.reason == Reason::Gone);
    for change in anew {
        state.objects.remove(&change.address);
    }
}

/// That there was nobody to ask.
pub(crate) fn not_approved() -> Diagnostic {
    Diagnostic::error(&apply::NOT_APPROVED)
        .detail("There is no terminal to ask on, so nothing was done.")
        .hint("in CI, review a saved plan and apply that: `mlinfra plan -o plan.json`, then `mlinfra apply --auto-approve plan.json`")
}

/// Whether there is anything to do, or to tell the state.
fn is_something(frozen: &Frozen) -> bool {
    !frozen.graph.operations().is_empty()
}

/// Nothing is to be done: the state is told what was found out.
async fn nothing(
    task: &Task<'_>,
    vault: &mut Vault<'_>,
    telling: &mut Telling,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let mut known = vault.state().clone();
    know(&mut known, task);
    if known != *vault.state() {
        let know = |state: &mut State| know(state, task);
        let committed = vault.commit(know, System.now()).await;
        committed.map_err(|error| vault::diagnostic(&error))?;
    }
    conclude(&Tally::default(), vault, &[], telling, io);
    Ok(0)
}

/// Whether each object is made or changed.
fn verbs(changes: &[Change]) -> BTreeMap<String, Verb> {
    let verb = |change: &Change| match change.action {
        Action::Update => Verb::Update,
        Action::Delete | Action::Forget => Verb::Delete,
        _ => Verb::Create,
    };
    let each = changes.iter();
    each.map(|change| (change.address.clone(), verb(change)))
        .collect()
}

/// Asks each backend what would stand in the way of the first choices.
async fn preflight(frozen: &Frozen, providers: &Providers) -> Result<(), Diagnostics> {
    let mut found = Diagnostics::new();
    for (name, provider) in providers.by_name() {
        let Some(preflight) = provider.preflight() else {
            continue;
        };
        let wants: Vec<_> = frozen
            .graph
            .operations()
            .iter()
            .filter_map(|operation| match &operation.action {
                graph::Action::Ensure(ensure) if !ensure.on_demand => ensure.alternatives.first(),
                _ => None,
            })
            .filter(|way| way.provider == name)
            .map(|way| way.desired.clone())
            .collect();
        let obstacles = preflight.obstacles(&wants).await.map_err(|error| {
            Diagnostic::error(&apply::PREFLIGHT).detail(format!("{name}: {error}."))
        })?;
        for obstacle in obstacles {
            let object = obstacle.object.map(|object| format!("{object}: "));
            found.push(Diagnostic::error(&apply::PREFLIGHT).detail(format!(
                "{}{}.",
                object.unwrap_or_default(),
                obstacle.error
            )));
        }
    }
    if found.has_errors() {
        Err(found)
    } else {
        Ok(())
    }
}

/// The question before changes are made, and the word that answers it: what is lost for good needs
/// more than a yes.
pub(crate) fn question(frozen: &Frozen, sandbox: bool) -> (String, String) {
    let summary = Summary::of(&frozen.changes);
    let place = if sandbox {
        "in the sandbox"
    } else {
        "for real"
    };
    if frozen.changes.iter().any(loses_data) {
        let question = format!(
            "This deletes {} of the objects of `{}` {place}, with the data on them.",
            summary.destroy, frozen.project
        );
        return (question, frozen.project.clone());
    }
    (format!("This is carried out {place}."), "yes".to_owned())
}

/// Whether data is on what is deleted: nodes have disks, volumes are ones.
fn loses_data(change: &Change) -> bool {
    change.action.deletes() && matches!(&*change.kind, "nodes" | "volume")
}

/// The changes as they are shown before the question.
pub(crate) fn show(frozen: &Frozen, io: &mut Io) {
    let width = io.width.clamp(60, 100);
    let text = render::changes::human(&frozen.changes, width, &io.palette);
    io.print(&text);
    io.flush();
}
