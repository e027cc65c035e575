//! Carries out a graph and tells what came of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;

use mlinfra_provider_api::Provider;

use super::super::{Io, exit};
use super::reporter::{Channel, Reporter};
use super::time::{Signals, System};
use super::{Either, first_of};
use crate::applying::{Clock as _, Engine, Failure, Limits, Report};
use crate::changes::frozen::Frozen;
use crate::changes::graph::{Action, Graph};
use crate::diagnostics::Diagnostic;
use crate::render;
use crate::render::applied::{self, Tally};
use crate::render::progress::Verb;
use crate::store::vault::{self, Vault};

/// How the reader is told.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    /// Events on standard output instead of text.
    pub json: bool,
    /// Events into a file beside the text.
    pub json_into: Option<File>,
}

impl Telling {
    /// The first events: the version, what is planned, and how much of it.
    pub(crate) fn begin(&mut self, frozen: &Frozen, io: &mut Io) {
        let time = System.now().to_string();
        for event in render::events::planned(&frozen.changes, &time) {
            if let Some(file) = &mut self.json_into {
                drop(writeln!(file, "{event}"));
            }
            if self.json {
                io.print(&format!("{event}\n"));
            }
        }
    }
}

/// What is carried out, and with what.
pub(crate) struct Work<'w> {
    pub graph: &'w Graph,
    /// Whether an object is made or changed, by its address.
    pub verbs: &'w BTreeMap<String, Verb>,
    pub providers: BTreeMap<String, &'w dyn Provider>,
    /// Operations under way at a time.
    pub parallel: usize,
    pub signals: &'w Signals,
}

/// Runs the engine and counts what came of it.
pub(crate) async fn carry_out(
    work: &Work<'_>,
    vault: &mut Vault<'_>,
    telling: &mut Telling,
    io: &mut Io,
) -> Result<(Tally, u8), Diagnostic> {
    let engine = Engine {
        providers: work.providers.clone(),
        clock: &System,
        stop: work.signals,
        limits: Limits {
            parallel: work.parallel,
            ..Limits::default()
        },
    };
    let live = io.is_live() && !telling.json;
    let channel = Channel {
        io,
        json: telling.json,
        json_into: telling.json_into.as_mut(),
        live,
    };
    let reporter = Reporter::new(channel, work.graph, work.verbs);
    let ran = first_of(
        engine.run(work.graph, vault, &mut &reporter),
        reporter.beat(),
    )
    .await;
    let Either::First(ran) = ran;
    let report = ran.map_err(|error| vault::diagnostic(&error))?;
    let code = code(&report, work.signals);
    Ok((tally(&report, work), code))
}

/// The exit code of what came of a graph.
fn code(report: &Report, signals: &Signals) -> u8 {
    if let Some(code) = signals.exit_code() {
        return code;
    }
    let differs =
        |failed: &crate::applying::Failed| matches!(failed.failure, Failure::Differs { .. });
    match &report.failed[..] {
        [] if report.not_started.is_empty() && report.left_open.is_empty() => 0,
        failed if !failed.is_empty() && failed.iter().all(differs) => exit::DIFFERS,
        _ => exit::INCOMPLETE,
    }
}

fn tally(report: &Report, work: &Work<'_>) -> Tally {
    let operations = work.graph.operations();
    let address = |index: &usize| operations[*index].address.clone();
    let mut tally = Tally {
        failed: report
            .failed
            .iter()
            .chain(&report.undo_failed)
            .map(|failed| (address(&failed.operation), failed.failure.to_string()))
            .collect(),
        left_open: report.left_open.iter().map(address).collect(),
        not_started: report.not_started.iter().map(address).collect(),
        ..Tally::default()
    };
    for index in &report.done {
        let operation = &operations[*index];
        match (&operation.action, work.verbs.get(&operation.address)) {
            (Action::Remove(_), _) => tally.destroyed += 1,
            (Action::Ensure(_), Some(Verb::Update)) => tally.changed += 1,
            (Action::Ensure(_), _) => tally.created += 1,
        }
    }
    tally
}

/// Prints what came of it.
pub(crate) fn conclude(
    tally: &Tally,
    vault: &Vault<'_>,
    again: &[(String, &str)],
    telling: &mut Telling,
    io: &mut Io,
) {
    let event = || applied::event(tally, vault.state(), &System.now().to_string());
    if let Some(file) = &mut telling.json_into {
        drop(writeln!(file, "{}", event()));
    }
    if telling.json {
        io.print(&format!("{}\n", event()));
    } else {
        let text = applied::human(tally, vault.state(), again, &io.palette);
        io.print(&format!("\n{text}"));
    }
}
