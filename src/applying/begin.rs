//! What begins: the calls that may be made next, and what is noted of them first.

use mlinfra_provider_api::Desired;

use super::call::Want;
use super::marks::{Standing, Try};
use super::report::Failure;
use super::run::{Happened, Run};
use super::runtime::Task;
use crate::changes::graph::{Action, Alternative, Remove};
use crate::state::Event;

impl<'r> Run<'r, '_, '_> {
    /// Begins all that may begin, as far as there are places: it is noted, and called when the
    /// journal has it.
    pub(super) fn begin(&mut self) {
        if self.ends() {
            return;
        }
        self.pass_over_what_was_refused();
        let places = self.engine.limits.parallel.max(1);
        for index in self.marks.free() {
            if self.ends() || self.marks.busy() >= places {
                return;
            }
            match &self.marks.operation(index).action {
                Action::Ensure(_) => self.begin_to_ensure(index),
                Action::Remove(remove) => self.begin_to_remove(index, remove),
            }
        }
    }

    fn begin_to_ensure(&mut self, index: usize) {
        let Some(way) = self.marks.alternative(index) else {
            return;
        };
        // What can't be called isn't noted either: nothing of it is to be settled by anybody.
        let Some(callee) = self.callee(&way.provider) else {
            return self.fail(index, no_provider(&way.provider));
        };
        let desired = match self.seen.resolved(self.vault.state(), &way.desired) {
            Ok(desired) => desired,
            Err(error) => return self.fail(index, Failure::Reference(error)),
        };
        let address = self.marks.operation(index).address.clone();
        let started = ensure_started(address, way, desired.clone());
        let task: Task<'r, Happened> = Box::pin(async move {
            let want = Want {
                desired: &desired,
                expects: &way.intent.expects,
            };
            Happened::Ended(index, callee.ensure(way.key, want).await)
        });
        self.begin_with(index, started, task);
    }

    fn begin_to_remove(&mut self, index: usize, remove: &'r Remove) {
        if self.seen.is_ensured(&remove.id) {
            // A name can be had only once there, and what was to be deleted has it: it was made
            // what it is to be instead.
            self.marks.set(index, Standing::Done);
            return self.tell(move |progress| progress.done(index, None));
        }
        let Some(callee) = self.callee(&remove.provider) else {
            return self.fail(index, no_provider(&remove.provider));
        };
        let started = Event::RemoveStarted {
            address: self.marks.operation(index).address.clone(),
            provider: remove.provider.clone(),
            id: remove.id.clone(),
        };
        let task: Task<'r, Happened> =
            Box::pin(
                async move { Happened::Ended(index, callee.remove(remove.key, &remove.id).await) },
            );
        self.begin_with(index, started, task);
    }

    fn begin_with(&mut self, index: usize, started: Event, task: Task<'r, Happened>) {
        let Try {
            alternative,
            attempt,
        } = self.marks.at(index);
        self.note(self.key(index), attempt + 1, started.clone());
        self.begun.insert(index, started);
        self.marks.set(index, Standing::Busy);
        self.tell(move |progress| progress.started(index, alternative, attempt + 1));
        self.launch(task);
    }

    /// Where a place had no capacity for one, another one like it doesn't ask there, as long as it
    /// has an alternative left. The last is asked for whatever is known, so that what fails has been
    /// refused.
    fn pass_over_what_was_refused(&mut self) {
        if self.refusals.is_empty() {
            return;
        }
        for index in self.marks.places(|standing| standing == Standing::Open) {
            while let Some(error) = self.refused_lately(index) {
                let Try { alternative, .. } = self.marks.at(index);
                self.go_to_alternative(index, alternative + 1);
                self.tell(move |progress| progress.refused(index, alternative, &error));
            }
        }
    }

    /// What was said to one like it, if it hasn't been asked for yet and there is another alternative.
    fn refused_lately(&self, index: usize) -> Option<mlinfra_provider_api::ProviderError> {
        let Try {
            alternative,
            attempt,
        } = self.marks.at(index);
        if attempt > 0 || alternative + 1 >= self.ways(index) {
            return None;
        }
        let way = self.marks.alternative(index)?;
        self.refusals.of(way, self.engine.clock).cloned()
    }

    pub(super) fn go_to_alternative(&mut self, index: usize, alternative: usize) {
        let attempt = 0;
        self.since.remove(&index);
        self.unsure.remove(&index);
        self.marks.go_to(
            index,
            Try {
                alternative,
                attempt,
            },
        );
    }
}

fn no_provider(name: &str) -> Failure {
    let provider = name.to_owned();
    Failure::NoProvider { provider }
}

fn ensure_started(address: String, way: &Alternative, desired: Desired) -> Event {
    Event::EnsureStarted {
        address,
        provider: way.provider.clone(),
        desired,
        intent: way.intent.clone(),
    }
}
