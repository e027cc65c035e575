//! What the journal makes of the state.

use std::collections::BTreeMap;

use mlinfra_provider_api::{Condition, Desired, ObjectId, Observed, OpKey};

use super::{Entry, Event, Intent, State, StateObject, Unsettled};

/// What an operation began.
enum Begun<'e> {
    Ensure(Ensuring<'e>),
    Remove { address: &'e str, id: &'e ObjectId },
    Undo { address: &'e str, id: &'e ObjectId },
}

/// An object that is about to be made or changed.
struct Ensuring<'e> {
    address: &'e str,
    provider: &'e str,
    desired: &'e Desired,
    intent: &'e Intent,
}

impl<'e> Begun<'e> {
    /// `None` for what begins nothing.
    fn of(event: &'e Event) -> Option<Self> {
        match event {
            Event::EnsureStarted {
                address,
                provider,
                desired,
                intent,
            } => Some(Self::Ensure(Ensuring {
                address,
                provider,
                desired,
                intent,
            })),
            Event::RemoveStarted { address, id, .. } => Some(Self::Remove { address, id }),
            Event::UndoStarted { address, id, .. } => Some(Self::Undo { address, id }),
            _ => None,
        }
    }
}

impl State {
    /// Takes over what finished operations did, and returns those that were begun and of which
    /// nothing tells how they ended. Entries are in the order in which they were written.
    pub fn fold<'e>(
        &mut self,
        entries: impl IntoIterator<Item = &'e Entry>,
    ) -> BTreeMap<OpKey, Unsettled> {
        let mut begun: BTreeMap<OpKey, Begun<'e>> = BTreeMap::new();
        let mut unsettled = BTreeMap::new();
        for entry in entries {
            if let Some(begins) = Begun::of(&entry.event) {
                begun.insert(entry.op, begins);
                let event = entry.event.clone();
                let attempt = entry.attempt;
                unsettled.insert(entry.op, Unsettled { attempt, event });
                continue;
            }
            unsettled.remove(&entry.op);
            match (&entry.event, begun.get(&entry.op)) {
                (Event::Ensured { observed }, Some(Begun::Ensure(ensuring))) => {
                    self.ensured(ensuring, observed, entry.op);
                }
                (Event::Removed, Some(Begun::Remove { address, id })) => self.removed(address, id),
                (Event::UndoFinished, Some(Begun::Undo { address, id })) => {
                    self.undone(address, id);
                }
                _ => {}
            }
        }
        unsettled
    }

    /// An object is there. One that stood at its address before and is another awaits its deletion.
    fn ensured(&mut self, ensuring: &Ensuring<'_>, observed: &Observed, op: OpKey) {
        let Ensuring {
            address,
            provider,
            desired,
            intent,
        } = *ensuring;
        // It may have been about to be deleted, where a name can be had only once.
        self.no_longer_deposed(&observed.id);
        let before = self.objects.remove(address);
        let same = before.filter(|object| {
            let same = object.id == observed.id;
            if !same {
                let deposed = self.deposed.entry(address.to_owned()).or_default();
                deposed.push(object.clone());
            }
            same
        });
        let object = StateObject {
            provider: provider.to_owned(),
            id: observed.id.clone(),
            name: observed.name.clone(),
            desired: desired.attributes.clone(),
            observed: observed.attributes.clone(),
            made_by: same.as_ref().map_or(op, |object| object.made_by),
            tainted: matches!(observed.condition, Condition::Failed { .. }),
            intent: intent.clone(),
        };
        self.objects.insert(address.to_owned(), object);
    }

    /// An object is gone, whether it stood at its address or awaited deletion.
    fn removed(&mut self, address: &str, id: &ObjectId) {
        if self.stands_at(address, id) {
            self.objects.remove(address);
        }
        if let Some(deposed) = self.deposed.get_mut(address) {
            deposed.retain(|object| object.id != *id);
            if deposed.is_empty() {
                self.deposed.remove(address);
            }
        }
    }

    /// What a run made is gone again. What it was to replace is what the address has.
    fn undone(&mut self, address: &str, id: &ObjectId) {
        let stood = self.stands_at(address, id);
        self.removed(address, id);
        if stood && let Some(mut deposed) = self.deposed.remove(address) {
            if let Some(before) = deposed.pop() {
                self.objects.insert(address.to_owned(), before);
            }
            if !deposed.is_empty() {
                self.deposed.insert(address.to_owned(), deposed);
            }
        }
    }

    fn stands_at(&self, address: &str, id: &ObjectId) -> bool {
        let object = self.objects.get(address);
        object.is_some_and(|object| object.id == *id)
    }

    fn no_longer_deposed(&mut self, id: &ObjectId) {
        self.deposed.retain(|_, deposed| {
            deposed.retain(|object| object.id != *id);
            !deposed.is_empty()
        });
    }
}
