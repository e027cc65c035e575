//! Shows what the engine does: live lines on a terminal, plain lines in CI, events as JSON.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use mlinfra_provider_api::{ObjectId, Observed, ProviderError};

use super::super::Io;
use super::time::System;
use crate::applying::{Clock as _, Failure, Progress};
use crate::changes::graph::{Action, Graph, Operation};
use crate::render::progress::{self, Happening, Subject, Verb};

/// How often something that takes long is mentioned where there is no live line for it. CI systems
/// end jobs that are silent for some minutes.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How messages reach the reader.
pub(crate) struct Channel<'i> {
    pub(crate) io: &'i mut Io,
    /// Events on standard output.
    pub(crate) json: bool,
    /// Events into a file beside the text.
    pub(crate) json_into: Option<&'i mut File>,
    /// Whether there may be live lines.
    pub(crate) live: bool,
}

/// Tells what happens to the operations of a graph.
pub(crate) struct Reporter<'r, 'i> {
    inner: Mutex<Inner<'r, 'i>>,
}

struct Inner<'r, 'i> {
    channel: Channel<'i>,
    graph: &'r Graph,
    verbs: &'r BTreeMap<String, Verb>,
    bars: Option<MultiProgress>,
    running: BTreeMap<usize, Running>,
}

struct Running {
    since: Timestamp,
    mentioned: Timestamp,
    bar: Option<ProgressBar>,
}

impl<'r, 'i> Reporter<'r, 'i> {
    /// A reporter of a graph; `verbs` tells by address whether an object is made or changed.
    pub(crate) fn new(
        channel: Channel<'i>,
        graph: &'r Graph,
        verbs: &'r BTreeMap<String, Verb>,
    ) -> Self {
        let bars = channel
            .live
            .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(8)));
        Self {
            inner: Mutex::new(Inner {
                channel,
                graph,
                verbs,
                bars,
                running: BTreeMap::new(),
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<'r, 'i>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Mentions from time to time what takes long. Never ends.
    pub(crate) async fn beat(&self) -> Infallible {
        loop {
            System.sleep(Duration::from_secs(1)).await;
            self.inner().beat(System.now());
        }
    }
}

impl Inner<'_, '_> {
    fn operation(&self, index: usize) -> Option<&Operation> {
        self.graph.operations().get(index)
    }

    fn tell(&mut self, index: usize, happening: &Happening<'_>) {
        let Some(operation) = self.graph.operations().get(index) else {
            return;
        };
        let verb = match &operation.action {
            Action::Remove(_) => Verb::Delete,
            Action::Ensure(_) => self
                .verbs
                .get(&operation.address)
                .copied()
                .unwrap_or(Verb::Create),
        };
        let subject = Subject {
            address: &operation.address,
            verb,
        };
        let time = System.now().to_string();
        if let Some(file) = &mut self.channel.json_into {
            // The text beside it tells the same; a full disk mustn't end a run.
            drop(writeln!(
                file,
                "{}",
                progress::event(subject, happening, &time)
            ));
        }
        if self.channel.json {
            let event = progress::event(subject, happening, &time);
            self.channel.io.print(&format!("{event}\n"));
            self.channel.io.flush();
            return;
        }
        let line = progress::line(subject, happening, &self.channel.io.palette);
        match &self.bars {
            None => self.channel.io.note(&line),
            Some(bars) => {
                if let (Happening::Started { .. } | Happening::Waiting { .. }, Some(running)) =
                    (happening, self.running.get(&index))
                    && let Some(bar) = &running.bar
                {
                    bar.set_message(line.trim_end().to_owned());
                } else {
                    bars.suspend(|| self.channel.io.note(&line));
                }
            }
        }
    }

    fn begin(&mut self, index: usize) {
        let now = System.now();
        let bar = self.bars.as_ref().map(|bars| {
            let style = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}");
            let bar = bars.add(ProgressBar::new_spinner());
            bar.enable_steady_tick(Duration::from_millis(120));
            match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        let fresh = Running {
            since: now,
            mentioned: now,
            bar,
        };
        self.running.entry(index).or_insert(fresh);
    }

    /// How long it took.
    fn end(&mut self, index: usize) -> Duration {
        let Some(running) = self.running.remove(&index) else {
            return Duration::ZERO;
        };
        if let Some(bar) = running.bar {
            bar.finish_and_clear();
        }
        since(running.since, System.now())
    }

    fn beat(&mut self, now: Timestamp) {
        if self.bars.is_some() {
            return;
        }
        let late: Vec<(usize, Duration)> = self
            .running
            .iter()
            .filter(|(_, running)| since(running.mentioned, now) >= HEARTBEAT)
            .map(|(index, running)| (*index, since(running.since, now)))
            .collect();
        for (index, since) in late {
            if let Some(running) = self.running.get_mut(&index) {
                running.mentioned = now;
            }
            self.tell(index, &Happening::Still { since });
        }
    }
}

fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

/// What an alternative makes, in a few words: `4 × p4d.24xlarge on spot in us-east-1 use1-az1`.
fn what(operation: &Operation, alternative: usize) -> String {
    let Action::Ensure(ensure) = &operation.action else {
        return String::new();
    };
    let Some(way) = ensure.alternatives.get(alternative) else {
        return String::new();
    };
    let text = |name: &str| way.desired.attributes.get(name)?.as_str();
    let Some(instance_type) = text("instance_type") else {
        return format!("in {}", way.desired.scope);
    };
    let count = way.desired.attributes.get("count");
    let count = count.and_then(serde_json::Value::as_u64).unwrap_or(1);
    let capacity = match text("capacity_type") {
        Some("spot") => " on spot",
        _ => "",
    };
    let zone = text("zone").map_or(String::new(), |zone| format!(" {zone}"));
    format!(
        "{count} × {instance_type}{capacity} in {}{zone}",
        way.desired.scope
    )
}

/// What the engine tells, told on.
impl Progress for &Reporter<'_, '_> {
    fn started(&mut self, operation: usize, alternative: usize, attempt: u32) {
        let mut inner = self.inner();
        inner.begin(operation);
        let what = inner
            .operation(operation)
            .map_or(String::new(), |operation| what(operation, alternative));
        let happening = Happening::Started {
            what: &what,
            alternative,
            attempt,
        };
        inner.tell(operation, &happening);
    }

    fn waiting(
        &mut self,
        operation: usize,
        error: &ProviderError,
        pause: Duration,
        first: Timestamp,
    ) {
        let happening = Happening::Waiting {
            why: error.message.clone(),
            pause,
            since: since(first, System.now()),
        };
        self.inner().tell(operation, &happening);
    }

    fn refused(&mut self, operation: usize, alternative: usize, error: &ProviderError) {
        let mut inner = self.inner();
        let next = inner
            .operation(operation)
            .map(|operation| what(operation, alternative + 1))
            .filter(|next| !next.is_empty());
        let happening = Happening::Refused {
            why: error.message.clone(),
            next: next.as_deref(),
        };
        inner.tell(operation, &happening);
    }

    fn done(&mut self, operation: usize, observed: Option<&Observed>) {
        let mut inner = self.inner();
        let took = inner.end(operation);
        let id = observed.map(|observed| observed.id.id.clone());
        inner.tell(operation, &Happening::Done { id, took });
    }

    fn failed(&mut self, operation: usize, failure: &Failure) {
        let mut inner = self.inner();
        let _ = inner.end(operation);
        let why = failure.to_string();
        inner.tell(operation, &Happening::Failed { why });
    }

    fn undoing(&mut self, operation: usize, _: &ObjectId) {
        let mut inner = self.inner();
        inner.begin(operation);
        inner.tell(operation, &Happening::Undoing);
    }

    fn undone(&mut self, operation: usize) {
        let mut inner = self.inner();
        let _ = inner.end(operation);
        inner.tell(operation, &Happening::Undone);
    }

    fn undo_failed(&mut self, operation: usize, failure: &Failure) {
        let mut inner = self.inner();
        let _ = inner.end(operation);
        let why = failure.to_string();
        inner.tell(operation, &Happening::Failed { why });
    }
}
