//! What follows from how an attempt ended.

use mlinfra_provider_api::{Condition, Observed, OpKey, ProviderError, ProviderErrorKind};

use super::call::{Ended, Next};
use super::marks::{Standing, Try, ensure};
use super::pause;
use super::report::{Failed, Failure};
use super::run::{Happened, Run};
use super::runtime::passed;
use crate::changes::graph::{Action, OnFailure};
use crate::state::Event;

impl Run<'_, '_, '_> {
    pub(super) fn ended(&mut self, index: usize, ended: Ended) {
        match ended {
            Ok(observed) => self.is_done(index, observed),
            Err(shortfall) => match shortfall.failure {
                Failure::Provider(error) => self.refused(index, error, shortfall.next),
                failure => self.fell_short(index, failure, shortfall.there),
            },
        }
    }

    fn is_done(&mut self, index: usize, observed: Option<Observed>) {
        match &observed {
            Some(observed) => self.is_there(index, observed),
            None => {
                self.note_outcome(index, Event::Removed);
                let operation = self.marks.operation(index);
                if let Action::Remove(remove) = &operation.action {
                    let state = self.vault.state();
                    self.seen.removed(state, &operation.address, &remove.id);
                }
            }
        }
        self.marks.set(index, Standing::Done);
        self.tell(move |progress| progress.done(index, observed.as_ref()));
    }

    /// An object is there, whether it is as it is to be or not.
    fn is_there(&mut self, index: usize, observed: &Observed) {
        let key = self.key(index);
        let address = &self.marks.operation(index).address;
        let state = self.vault.state();
        self.seen.ensured(state, (index, key), address, observed);
        let observed = observed.clone();
        self.note_outcome(index, Event::Ensured { observed });
    }

    /// The call did something else than was asked for. The state gets to know of what is there.
    fn fell_short(&mut self, index: usize, failure: Failure, there: Option<Observed>) {
        match (&failure, there) {
            (Failure::Vanished, _) => {
                let kind = "vanished".to_owned();
                let message = failure.to_string();
                self.note_outcome(index, Event::Failed { kind, message });
            }
            (Failure::Differs { attribute, .. }, Some(mut observed)) => {
                if !self.is_desired(index, attribute) {
                    // No attribute can be changed to make it what was expected.
                    let reason = failure.to_string();
                    observed.condition = Condition::Failed { reason };
                }
                self.is_there(index, &observed);
            }
            (Failure::Stuck { .. }, Some(observed)) => {
                self.is_there(index, &observed);
                // Nobody knows yet what becomes of it: the next run asks.
                if let Some(started) = self.begun.get(&index).cloned() {
                    self.note_outcome(index, started);
                }
            }
            (_, Some(observed)) => self.is_there(index, &observed),
            // A removal that was requested: the next run asks whether it is gone.
            (_, None) => {}
        }
        self.fail(index, failure);
    }

    /// Whether an attribute, or the name or the owner, was asked for.
    fn is_desired(&self, index: usize, attribute: &str) -> bool {
        let named = matches!(attribute, "name" | "owner");
        let way = self.marks.alternative(index);
        named || way.is_some_and(|way| way.desired.attributes.contains_key(attribute))
    }

    fn refused(&mut self, index: usize, error: ProviderError, next: Next) {
        let elsewhere = next == Next::Elsewhere;
        if error.kind == ProviderErrorKind::OutcomeUnknown {
            self.unsure.insert(index);
        }
        // That this attempt had no effect tells nothing of one before it whose answer was lost. An
        // alternative that is left for another is settled all the same: what comes of it late is a
        // stray, and must not take the place of what is made instead.
        let no_effect = !self.unsure.contains(&index) || elsewhere;
        if no_effect {
            let kind = error.kind.slug().to_owned();
            let message = error.message.clone();
            self.note_outcome(index, Event::Failed { kind, message });
        }
        if elsewhere && let Some(way) = self.marks.alternative(index) {
            let now = self.engine.clock.now();
            self.refusals.note(way, &error, now);
        }
        let Try { alternative, .. } = self.marks.at(index);
        let is_tried_again = self.may_be_tried_again(index, next);
        if elsewhere && alternative + 1 < self.ways(index) {
            self.go_to_alternative(index, alternative + 1);
            self.marks.set(index, Standing::Open);
            self.tell(move |progress| progress.refused(index, alternative, &error));
        } else if is_tried_again && !self.ends() {
            self.pause(index, &error, next);
        } else if is_tried_again {
            let known = if no_effect {
                Standing::Open
            } else {
                Standing::Left
            };
            self.marks.set(index, known);
        } else {
            self.fail(index, Failure::Provider(error));
        }
    }

    /// Whether the same may be tried once more: as often as the limits say, or for as long.
    pub(super) fn may_be_tried_again(&mut self, index: usize, next: Next) -> bool {
        let limits = self.engine.limits;
        let now = self.now();
        let since = *self.since.entry(index).or_insert(now);
        match next {
            Next::Nothing | Next::Elsewhere => false,
            Next::Again => self.marks.at(index).attempt + 1 < limits.attempts,
            Next::AgainInTime => passed(self.engine.clock, since) < limits.ready_within,
        }
    }

    fn pause(&mut self, index: usize, error: &ProviderError, next: Next) {
        // What waits for something else to get out of the way keeps no place from that.
        let holds = next != Next::AgainInTime;
        self.marks.set(index, Standing::Pausing { holds });
        self.again_later(index, self.key(index), error, next);
    }

    /// Counts one attempt more, and comes back to it after a while.
    pub(super) fn again_later(
        &mut self,
        index: usize,
        key: OpKey,
        error: &ProviderError,
        next: Next,
    ) {
        let at = self.marks.at(index);
        let mut time = pause::before(at.attempt, &key, pause::asked(error));
        if next == Next::AgainInTime {
            time = time.min(self.engine.limits.look_every);
        }
        let attempt = at.attempt + 1;
        self.marks.go_to(index, Try { attempt, ..at });
        self.later(time, Happened::Again(index));
        let (error, now) = (error.clone(), self.now());
        let since = *self.since.entry(index).or_insert(now);
        self.tell(move |progress| progress.waiting(index, &error, time, since));
    }

    pub(super) fn fail(&mut self, index: usize, failure: Failure) {
        self.marks.set(index, Standing::Failed);
        let made = ensure(self.marks.operation(index));
        if made.is_some_and(|ensure| ensure.on_failure == OnFailure::Undo) {
            self.undo.insert(self.marks.stage(index));
        }
        self.failed.push(Failed {
            operation: index,
            failure: failure.clone(),
        });
        self.tell(move |progress| progress.failed(index, &failure));
    }

    fn note_outcome(&mut self, index: usize, event: Event) {
        let attempt = self.marks.at(index).attempt + 1;
        self.note(self.key(index), attempt, event);
    }

    /// The key of what is called next, or was last.
    pub(super) fn key(&self, index: usize) -> OpKey {
        match &self.marks.operation(index).action {
            Action::Ensure(ensure) => ensure.alternatives[self.marks.at(index).alternative].key,
            Action::Remove(remove) => remove.key,
        }
    }

    /// How many ways there are to do an operation.
    pub(super) fn ways(&self, index: usize) -> usize {
        ensure(self.marks.operation(index)).map_or(1, |ensure| ensure.alternatives.len())
    }
}
