//! `mlinfra undo`.

use std::collections::BTreeMap;

use super::super::running::approve::{self, Answer};
use super::super::running::carry_out::{Work, carry_out, conclude};
use super::super::running::execute::not_approved;
use super::super::running::prepare::find_out;
use super::super::running::providers::{Providers, Reach};
use super::super::running::{Signals, System, block_on, session};
use super::super::spec_args;
use super::super::state::{self, Found};
use super::super::{Io, Outcome, Report};
use super::{Args, kept};
use crate::applying::{self, Clock as _};
use crate::changes::frozen::Frozen;
use crate::changes::graph::Action;
use crate::changes::undo::{self, Undo};
use crate::diagnostics::{Diagnostics, Sources};
use crate::render::progress::Verb;
use crate::store::vault::{self, Vault, VaultError};

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let loaded = spec_args::load(&args.spec, io)?;
    let found = state::find(&args.spec, &args.places, io)?;
    let undone = block_on(take_back(args, &found, io));
    undone.map_err(|diagnostics| Report {
        diagnostics,
        sources: loaded.sources,
        json: args.run.json,
    })
}

async fn take_back(args: &Args, found: &Found, io: &mut Io) -> Result<u8, Diagnostics> {
    let kept = kept(found).await?;
    let mut vault = session::open_of(&*found.blobs, &kept, "undo", io).await?;
    let undone = within(args, found, &kept, &mut vault, io).await;
    session::closed(vault, undone).await
}

async fn within(
    args: &Args,
    place: &Found,
    kept: &Frozen,
    vault: &mut Vault<'_>,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let told = |error: VaultError| Diagnostics::from(vault::diagnostic(&error));
    let reach = Reach::of_frozen(vault.state(), kept);
    let providers = Providers::connect(&place.places, &reach).await?;
    let found = find_out(vault, &providers, false).await?;
    found.is_known()?;
    // What was begun may come into being still, and isn't to be left behind.
    let open = found.open.values().map(|open| open.key).collect();
    let settled = applying::settle_absent(vault, &providers.by_name(), &System, &open).await;
    drop(settled.map_err(told)?);
    let undo = undo::undo(kept, vault.state());
    let signals = Signals::listen();
    if !args.run.json {
        found.tell(io);
        io.show(&found.warnings, &Sources::new());
        io.print(&shown(&undo));
        io.flush();
    }
    if !args.run.auto_approve {
        let question = "This is taken back, with the data on what is deleted.";
        let asked = approve::ask(question, &kept.project, io, vault, &signals).await;
        match asked.map_err(told)? {
            Answer::Yes => {}
            Answer::No => {
                io.note("Nothing was done.\n");
                return Ok(signals.exit_code().unwrap_or(1));
            }
            Answer::Nobody => return Err(not_approved().into()),
        }
    }
    let mut telling = args.run.telling()?;
    let work = Work {
        graph: &undo.graph,
        verbs: &verbs(&undo),
        providers: providers.by_name(),
        parallel: usize::from(args.run.parallelism),
        signals: &signals,
    };
    let (tally, code) = carry_out(&work, vault, &mut telling, io).await?;
    let settle = |state: &mut crate::state::State| {
        undo.settle(state);
    };
    vault.commit(settle, System.now()).await.map_err(told)?;
    if tally.is_complete() {
        vault.drop_plan(&kept.digest()).await.map_err(told)?;
    }
    let again = [("mlinfra undo".to_owned(), "goes on taking it back")];
    conclude(&tally, vault, &again, &mut telling, io);
    Ok(code)
}

fn verbs(undo: &Undo) -> BTreeMap<String, Verb> {
    let operations = undo.graph.operations().iter();
    operations
        .map(|operation| {
            let verb = match operation.action {
                Action::Ensure(_) => Verb::Update,
                Action::Remove(_) => Verb::Delete,
            };
            (operation.address.clone(), verb)
        })
        .collect()
}

/// What is taken back, and what can't be.
fn shown(undo: &Undo) -> String {
    let mut text = String::from("To be taken back:\n");
    for operation in undo.graph.operations() {
        let what = match operation.action {
            Action::Ensure(_) => "is set back",
            Action::Remove(_) => "is deleted",
        };
        text.push_str(&format!("  {} {what}\n", operation.address));
    }
    for address in &undo.lost {
        text.push_str(&format!("  {address} was deleted, and can't come back\n"));
    }
    text
}
