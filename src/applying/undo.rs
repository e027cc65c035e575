//! What is removed again: objects that were made for an alternative that was given up, and all that
//! this run made of a stage that can't be made as a whole.
//!
//! Only what wasn't there before the plan is removed, and nothing that is protected.

use mlinfra_provider_api::ProviderErrorKind;

use super::call::Ended;
use super::marks::{Standing, Try, is_on_demand};
use super::report::{Failed, Failure};
use super::run::{Happened, Run};
use super::runtime::Task;
use crate::changes::graph::Alternative;
use crate::state::Event;

impl<'r> Run<'r, '_, '_> {
    /// Begins to remove what is to be removed again, what was made last first.
    pub(super) fn begin_to_undo(&mut self) {
        if self.stops() {
            return;
        }
        for index in self.to_undo() {
            if self.marks.standing(index) != Standing::ToUndo {
                // The attempts that made it are counted no more.
                self.go_to_attempt(index, 0);
            }
            let places = self.engine.limits.parallel.max(1);
            if self.marks.busy() >= places {
                self.marks.set(index, Standing::ToUndo);
            } else {
                self.begin_to_undo_one(index);
            }
        }
    }

    /// What may be removed again now: nothing refers to it any more.
    fn to_undo(&self) -> Vec<usize> {
        let unwanted = self.unwanted();
        let mut built_on = vec![false; self.marks.len()];
        let mut found = Vec::new();
        for index in (0..self.marks.len()).rev() {
            let standing = self.marks.standing(index);
            let wanted_gone = unwanted[index] || standing == Standing::ToUndo;
            if wanted_gone && !built_on[index] {
                found.push(index);
            }
            let is_there_still = matches!(
                standing,
                Standing::Undoing | Standing::UndoPausing | Standing::UndoFailed
            );
            if wanted_gone || is_there_still {
                for other in self.marks.builds_on(index) {
                    built_on[other] = true;
                }
            }
        }
        found
    }

    /// What is to be gone.
    fn unwanted(&self) -> Vec<bool> {
        let count = self.marks.len();
        let mut unwanted = vec![false; count];
        if self.undo.is_empty() && !self.marks.has_on_demand() {
            return unwanted;
        }
        let may_be_needed = self.marks.needed(true);
        // What something else stays for that builds on it, whatever its own stage.
        let mut stays = vec![false; count];
        for index in (0..count).rev() {
            let standing = self.marks.standing(index);
            let there = matches!(standing, Standing::Done | Standing::Failed);
            let made = there && self.made_and_unprotected(index);
            let given_up = is_on_demand(self.marks.operation(index)) && !may_be_needed[index];
            let undone = self.is_undone(index) && !stays[index];
            unwanted[index] = made && (given_up || undone);
            let is_or_will_be = matches!(standing, Standing::Done | Standing::Busy)
                || matches!(standing, Standing::Pausing { .. } if !self.ends());
            if is_or_will_be && !unwanted[index] {
                for other in self.marks.builds_on(index) {
                    stays[other] = true;
                }
            }
        }
        unwanted
    }

    fn made_and_unprotected(&self, index: usize) -> bool {
        let way = self.marks.alternative(index);
        let protected = way.is_none_or(|way| way.intent.prevent_destroy);
        !protected && self.seen.made(index).is_some()
    }

    /// Whether its stage is to be undone, and nothing of that is under way any more.
    fn is_undone(&self, index: usize) -> bool {
        let stage = self.marks.stage(index);
        let busy = |other: &usize| self.marks.stage(*other) == stage;
        self.undo.contains(stage)
            && !self
                .marks
                .places(|standing| standing == Standing::Busy)
                .iter()
                .any(busy)
    }

    fn begin_to_undo_one(&mut self, index: usize) {
        let way = self.marks.alternative(index);
        let made = self.seen.made(index).cloned();
        let (Some(way), Some(id)) = (way, made) else {
            return;
        };
        let Some(callee) = self.callee(&way.provider) else {
            return;
        };
        let started = Event::UndoStarted {
            address: self.marks.operation(index).address.clone(),
            provider: way.provider.clone(),
            id: id.clone(),
        };
        self.note_undo(index, way, started);
        self.marks.set(index, Standing::Undoing);
        let told = id.clone();
        self.tell(move |progress| progress.undoing(index, &told));
        let task: Task<'r, Happened> =
            Box::pin(async move { Happened::Undone(index, callee.remove(way.undo, &id).await) });
        self.launch(task);
    }

    pub(super) fn undo_ended(&mut self, index: usize, ended: Ended) {
        let Some(way) = self.marks.alternative(index) else {
            return;
        };
        let Err(shortfall) = ended else {
            self.note_undo(index, way, Event::UndoFinished);
            self.settle_what_was_stuck(way);
            let address = &self.marks.operation(index).address;
            self.seen.undone(index, address);
            self.marks.set(index, Standing::Undone);
            return self.tell(move |progress| progress.undone(index));
        };
        let Failure::Provider(error) = shortfall.failure else {
            // It was requested: the next run asks whether it is gone.
            return self.undo_failed(index, shortfall.failure);
        };
        if error.kind != ProviderErrorKind::OutcomeUnknown {
            let message = error.message.clone();
            self.note_undo(index, way, Event::UndoFailed { message });
        }
        if self.may_be_tried_again(index, shortfall.next) {
            self.marks.set(index, Standing::UndoPausing);
            self.again_later(index, way.undo, &error, shortfall.next);
        } else {
            self.undo_failed(index, Failure::Provider(error));
        }
    }

    /// What never became ready stays open for the next run to look at; now nothing is to be looked at.
    fn settle_what_was_stuck(&mut self, way: &Alternative) {
        if let Some(unsettled) = self.vault.unsettled().get(&way.key) {
            let event = Event::Failed {
                kind: "undone".into(),
                message: "it was removed again".into(),
            };
            self.note(way.key, unsettled.attempt, event);
        }
    }

    fn undo_failed(&mut self, index: usize, failure: Failure) {
        self.marks.set(index, Standing::UndoFailed);
        self.undo_failed.push(Failed {
            operation: index,
            failure: failure.clone(),
        });
        self.tell(move |progress| progress.undo_failed(index, &failure));
    }

    fn go_to_attempt(&mut self, index: usize, attempt: u32) {
        let at = self.marks.at(index);
        self.since.remove(&index);
        self.marks.go_to(index, Try { attempt, ..at });
    }

    fn note_undo(&mut self, index: usize, way: &Alternative, event: Event) {
        let attempt = self.marks.at(index).attempt + 1;
        self.note(way.undo, attempt, event);
    }
}
