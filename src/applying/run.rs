//! A run under way: what happens is taken in, what follows from it is decided, and the journal has
//! both before anything is called.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use mlinfra_provider_api::OpKey;

use super::call::{Callee, Ended, Patience};
use super::engine::Engine;
use super::marks::{Marks, Standing};
use super::refusals::Refusals;
use super::report::{Failed, Progress, Report};
use super::runtime::{Task, Tasks, unless};
use super::seen::Seen;
use crate::changes::graph::Graph;
use crate::state::Event;
use crate::store::vault::{Vault, VaultError};

/// What happens while the engine waits.
pub(super) enum Happened {
    /// An attempt ended.
    Ended(usize, Ended),
    /// An attempt to remove what was made ended.
    Undone(usize, Ended),
    /// A pause is over.
    Again(usize),
    /// The lease is to be renewed.
    Renew,
    /// The run is to stop.
    Stop,
    /// What is under way has been waited for long enough.
    Leave,
}

/// Something that is told once it is durable.
pub(super) type News<'r> = Box<dyn FnOnce(&mut dyn Progress) + 'r>;

pub(super) struct Run<'r, 'e, 'v> {
    pub(super) engine: &'r Engine<'e>,
    pub(super) vault: &'r mut Vault<'v>,
    pub(super) progress: &'r mut dyn Progress,
    pub(super) marks: Marks<'r>,
    pub(super) seen: Seen,
    pub(super) refusals: Refusals,
    /// What was noted last of operations that began, by their places.
    pub(super) begun: BTreeMap<usize, Event>,
    /// When operations that are tried again failed first.
    pub(super) since: BTreeMap<usize, Timestamp>,
    /// Operations of whose alternative an attempt may have had its effect without an answer.
    pub(super) unsure: BTreeSet<usize>,
    pub(super) failed: Vec<Failed>,
    pub(super) undo_failed: Vec<Failed>,
    /// Stages of which nothing is to be left.
    pub(super) undo: BTreeSet<&'r str>,
    pub(super) tasks: Tasks<'r, Happened>,
    /// What happened while something was being written.
    pub(super) happened: Vec<Happened>,
    /// What is to be written, ...
    pub(super) notes: Vec<(OpKey, u32, Event)>,
    /// ... then told, ...
    pub(super) news: Vec<News<'r>>,
    /// ... and then done.
    pub(super) launches: Vec<Task<'r, Happened>>,
    pub(super) renew: bool,
    pub(super) left: bool,
    pub(super) unsaved: bool,
}

impl<'r, 'e, 'v> Run<'r, 'e, 'v> {
    pub(super) fn new(
        engine: &'r Engine<'e>,
        graph: &'r Graph,
        vault: &'r mut Vault<'v>,
        progress: &'r mut dyn Progress,
    ) -> Self {
        Self {
            engine,
            vault,
            progress,
            marks: Marks::new(graph),
            seen: Seen::default(),
            refusals: Refusals::default(),
            begun: BTreeMap::new(),
            since: BTreeMap::new(),
            unsure: BTreeSet::new(),
            failed: Vec::new(),
            undo_failed: Vec::new(),
            undo: BTreeSet::new(),
            tasks: Tasks::new(),
            happened: Vec::new(),
            notes: Vec::new(),
            news: Vec::new(),
            launches: Vec::new(),
            renew: false,
            left: false,
            unsaved: false,
        }
    }

    pub(super) async fn carry_out(mut self) -> Result<Report, VaultError> {
        let (stop, clock) = (self.engine.stop, self.engine.clock);
        let limits = self.engine.limits;
        self.later(limits.renew_every, Happened::Renew);
        self.tasks.push(Box::pin(async move {
            stop.wait().await;
            Happened::Stop
        }));
        self.tasks.push(Box::pin(async move {
            stop.wait().await;
            clock.sleep(limits.grace).await;
            Happened::Leave
        }));
        self.until_nothing_is_left().await?;
        if !self.unsaved {
            let too_long = async {
                stop.wait().await;
                clock.sleep(limits.flush).await;
            };
            let commit = self.vault.commit(|_| {}, clock.now());
            match unless(too_long, commit).await {
                Some(committed) => committed?,
                None => self.unsaved = true,
            }
        }
        Ok(self.report())
    }

    async fn until_nothing_is_left(&mut self) -> Result<(), VaultError> {
        loop {
            self.begin();
            self.begin_to_undo();
            self.write().await?;
            if self.left || !self.is_waiting() {
                return Ok(());
            }
            let happened = if self.happened.is_empty() {
                self.tasks.next().await
            } else {
                std::mem::take(&mut self.happened)
            };
            for happened in happened {
                self.take(happened);
            }
        }
    }

    fn take(&mut self, happened: Happened) {
        match happened {
            Happened::Ended(index, ended) => self.ended(index, ended),
            Happened::Undone(index, ended) => self.undo_ended(index, ended),
            Happened::Again(index) => match self.marks.standing(index) {
                Standing::UndoPausing => self.marks.set(index, Standing::ToUndo),
                _ => self.marks.set(index, Standing::Open),
            },
            Happened::Renew => {
                self.renew = true;
                self.later(self.engine.limits.renew_every, Happened::Renew);
            }
            // Whether it was asked for is looked up wherever it matters.
            Happened::Stop => {}
            Happened::Leave => self.left = true,
        }
    }

    /// Whether something is to come that must be waited for.
    fn is_waiting(&self) -> bool {
        let (ends, stops) = (self.ends(), self.stops());
        self.marks.any(|standing| match standing {
            Standing::Busy | Standing::Undoing => true,
            Standing::Pausing { .. } => !ends,
            Standing::UndoPausing | Standing::ToUndo => !stops,
            _ => false,
        })
    }

    /// Whether nothing more is begun.
    pub(super) fn ends(&self) -> bool {
        !self.failed.is_empty() || self.stops()
    }

    /// Whether nothing more is called, whatever for.
    pub(super) fn stops(&self) -> bool {
        self.engine.stop.asked()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.engine.clock.now()
    }

    pub(super) fn later(&mut self, time: Duration, happened: Happened) {
        let clock = self.engine.clock;
        self.tasks.push(Box::pin(async move {
            clock.sleep(time).await;
            happened
        }));
    }

    /// To be in the journal before anything else happens.
    pub(super) fn note(&mut self, key: OpKey, attempt: u32, event: Event) {
        self.notes.push((key, attempt, event));
    }

    /// To be told when all that was noted is in the journal.
    pub(super) fn tell(&mut self, news: impl FnOnce(&mut dyn Progress) + 'r) {
        self.news.push(Box::new(news));
    }

    /// To be called when all that was noted is in the journal.
    pub(super) fn launch(&mut self, task: Task<'r, Happened>) {
        self.launches.push(task);
    }

    /// How a provider is called, if there is one of that name.
    pub(super) fn callee(&self, provider: &str) -> Option<Callee<'r>> {
        let limits = self.engine.limits;
        let provider: &'r dyn mlinfra_provider_api::Provider =
            *self.engine.providers.get(provider)?;
        Some(Callee {
            provider,
            clock: self.engine.clock,
            patience: Patience {
                first: limits.look_first,
                longest: limits.look_every,
                within: limits.ready_within,
                answer: limits.answer_within,
            },
        })
    }

    fn report(self) -> Report {
        let needed = self.marks.needed(false);
        let places = |wanted: fn(Standing) -> bool| self.marks.places(wanted);
        let waits = |standing| matches!(standing, Standing::Open | Standing::Pausing { .. });
        let (not_started, not_needed) = places(waits).into_iter().partition(|index| needed[*index]);
        // What couldn't be removed again, or wasn't, is done; unless it is what failed.
        let mut done = places(|standing| {
            matches!(
                standing,
                Standing::Done | Standing::ToUndo | Standing::UndoPausing | Standing::UndoFailed
            )
        });
        done.retain(|index| self.failed.iter().all(|failed| failed.operation != *index));
        Report {
            done,
            left_open: places(|standing| {
                matches!(
                    standing,
                    Standing::Busy | Standing::Left | Standing::Undoing
                )
            }),
            not_started,
            not_needed,
            undone: places(|standing| standing == Standing::Undone),
            undo_failed: self.undo_failed,
            failed: self.failed,
            unsaved: self.unsaved,
        }
    }
}
