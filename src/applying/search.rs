//! What operations made that were begun and didn't end, found in one list of all that there is.

use std::collections::BTreeSet;

use mlinfra_provider_api::{Condition, Desired, ObjectId, Observed, OpKey};

use super::call::{Want, as_desired};
use super::listed::{Listed, is_alive};
use super::recovery::{Open, Recovered};
use crate::state::{Event, Intent, State, StateObject, Unsettled};

/// What is to be noted: an operation, its attempt, and what became of it.
pub(super) type Notes = Vec<(OpKey, u32, Event)>;

/// One provider's list, and what is known of it.
pub(super) struct Search<'s> {
    state: &'s State,
    provider: &'s str,
    listed: Listed<'s>,
    /// Objects that something knows.
    claimed: BTreeSet<ObjectId>,
}

/// An object that was about to be made or changed.
#[derive(Clone, Copy)]
pub(super) struct Sought<'u> {
    key: OpKey,
    attempt: u32,
    started: &'u Event,
    address: &'u str,
    desired: &'u Desired,
    intent: &'u Intent,
}

impl<'u> Sought<'u> {
    /// `None` when the operation isn't one that makes an object of this provider.
    pub(super) fn of(key: OpKey, unsettled: &'u Unsettled, of: &str) -> Option<Self> {
        let started = &unsettled.event;
        let Event::EnsureStarted {
            address,
            provider,
            desired,
            intent,
        } = started
        else {
            return None;
        };
        (provider == of).then_some(Self {
            key,
            attempt: unsettled.attempt,
            started,
            address,
            desired,
            intent,
        })
    }

    pub(super) fn noted(&self, event: Event) -> (OpKey, u32, Event) {
        (self.key, self.attempt, event)
    }

    pub(super) fn open(&self, provider: &str, found: Option<ObjectId>) -> Open {
        Open {
            key: self.key,
            attempt: self.attempt,
            address: self.address.to_owned(),
            provider: provider.to_owned(),
            desired: self.desired.clone(),
            intent: self.intent.clone(),
            found,
        }
    }

    pub(super) fn address(&self) -> String {
        self.address.to_owned()
    }

    fn is_as_desired(&self, observed: &Observed) -> bool {
        let want = Want {
            desired: self.desired,
            expects: &self.intent.expects,
        };
        as_desired(want, observed).is_ok()
    }
}

/// What a list tells of an operation.
pub(super) enum Finding<'s> {
    /// It made this.
    Made(&'s Observed),
    /// It made something that is being deleted.
    Deleted,
    /// It was to change this, and didn't so far.
    Unchanged(&'s Observed),
    /// Nothing.
    Nothing,
}

impl<'s> Search<'s> {
    pub(super) fn new(state: &'s State, provider: &'s str, objects: &'s [Observed]) -> Self {
        let known = state.objects.values();
        let known = known.chain(state.deposed.values().flatten());
        let known = known.filter(|object| object.provider == provider);
        Self {
            state,
            provider,
            listed: Listed::new(objects),
            claimed: known.map(|object| object.id.clone()).collect(),
        }
    }

    /// Looks for what operations made: first for what is certain, then for what else has the right
    /// name.
    pub(super) fn for_all<'u>(
        &mut self,
        sought: impl IntoIterator<Item = Sought<'u>>,
    ) -> Vec<(Sought<'u>, Finding<'s>)> {
        let mut found: Vec<_> = sought
            .into_iter()
            .map(|sought| (sought, self.certainly(&sought)))
            .collect();
        for (sought, finding) in &mut found {
            if matches!(finding, Finding::Nothing)
                && let Some(named) = self.by_name(sought.desired)
            {
                *finding = Finding::Made(named);
            }
        }
        found
    }

    fn certainly(&mut self, sought: &Sought<'_>) -> Finding<'s> {
        match self.listed.made_by(sought.key) {
            Some(made) if is_alive(made) => {
                self.claimed.insert(made.id.clone());
                return Finding::Made(made);
            }
            Some(_) => return Finding::Deleted,
            None => {}
        }
        match self.changed(sought) {
            Some(here) if sought.is_as_desired(here) => Finding::Made(here),
            Some(here) => Finding::Unchanged(here),
            None => Finding::Nothing,
        }
    }

    /// The object that was there before, if it is one that was to be changed.
    fn changed(&self, sought: &Sought<'_>) -> Option<&'s Observed> {
        let here: &StateObject = self.state.objects.get(sought.address)?;
        let (id, desired) = (&here.id, sought.desired);
        let same = here.provider == self.provider
            && id.kind == desired.kind
            && id.scope == desired.scope
            && here.name == desired.name;
        let listed = self.listed.object(id).filter(|_| same)?;
        is_alive(listed).then_some(listed)
    }

    fn by_name(&mut self, want: &Desired) -> Option<&'s Observed> {
        let mut named = self.listed.named(want).iter().copied();
        let found = named.find(|o| is_alive(o) && !self.claimed.contains(&o.id))?;
        self.claimed.insert(found.id.clone());
        Some(found)
    }

    /// Those that nothing knows.
    pub(super) fn strays(&self, objects: &'s [Observed]) -> impl Iterator<Item = &'s Observed> {
        let alive = objects.iter().filter(|object| is_alive(object));
        alive.filter(|object| !self.claimed.contains(&object.id))
    }
}

/// Settles an operation as far as one look tells. What is there and isn't as it is to be goes into
/// the state, and stays open.
pub(super) fn settle(
    (sought, finding): (Sought<'_>, Finding<'_>),
    provider: &str,
    notes: &mut Notes,
    recovered: &mut Recovered,
) {
    match finding {
        Finding::Made(made) => {
            recovered.adopted.push(sought.address());
            let observed = made.clone();
            notes.push(sought.noted(Event::Ensured { observed }));
            let is_over = match made.condition {
                Condition::Ready => sought.is_as_desired(made),
                Condition::Failed { .. } => true,
                Condition::Creating | Condition::Deleting => false,
            };
            if !is_over {
                notes.push(sought.noted(sought.started.clone()));
                let open = sought.open(provider, Some(made.id.clone()));
                recovered.open.push(open);
            }
        }
        Finding::Deleted => {
            recovered.never_made.push(sought.address());
            notes.push(sought.noted(never("it was deleted meanwhile")));
        }
        Finding::Unchanged(there) => {
            let open = sought.open(provider, Some(there.id.clone()));
            recovered.open.push(open);
        }
        Finding::Nothing => recovered.open.push(sought.open(provider, None)),
    }
}

/// That an operation had no effect, as far as can be known after a run that died.
pub(super) fn never(message: &str) -> Event {
    Event::Failed {
        kind: "outcome-unknown".into(),
        message: message.into(),
    }
}
