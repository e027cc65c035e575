//! What the journal makes of the state.

use std::collections::BTreeMap;

use mlinfra_provider_api::{Condition, Desired, ObjectId, Observed, OpKey};

use super::{Entry, Event, Intent, State, StateObject, Unsettled};

/// What an operation began.
enum Begun<'e> {
    Ensure {
        address: &'e str,
        provider: &'e str,
        desired: &'e Desired,
        intent: &'e Intent,
    },
    Remove {
        address: &'e str,
        id: &'e ObjectId,
    },
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
            if entry.event.begins() {
                let event = entry.event.clone();
                let attempt = entry.attempt;
                unsettled.insert(entry.op, Unsettled { attempt, event });
            } else {
                unsettled.remove(&entry.op);
            }
            match (&entry.event, begun.get(&entry.op)) {
                (
                    Event::EnsureStarted {
                        address,
                        provider,
                        desired,
                        intent,
                    },
                    _,
                ) => {
                    let ensure = Begun::Ensure {
                        address,
                        provider,
                        desired,
                        intent,
                    };
                    begun.insert(entry.op, ensure);
                }
                (Event::RemoveStarted { address, id, .. }, _) => {
                    begun.insert(entry.op, Begun::Remove { address, id });
                }
                (
                    Event::Ensured { observed },
                    Some(Begun::Ensure {
                        address,
                        provider,
                        desired,
                        intent,
                    }),
                ) => self.ensured((address, provider), (desired, intent), observed, entry.op),
                (Event::Removed, Some(Begun::Remove { address, id })) => self.removed(address, id),
                (Event::UndoFinished, Some(Begun::Ensure { address, .. })) => {
                    self.objects.remove(*address);
                }
                _ => {}
            }
        }
        unsettled
    }

    /// An object is there. One that stood at its address before and is another awaits its deletion.
    fn ensured(
        &mut self,
        (address, provider): (&str, &str),
        (desired, intent): (&Desired, &Intent),
        observed: &Observed,
        op: OpKey,
    ) {
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
        if self
            .objects
            .get(address)
            .is_some_and(|object| object.id == *id)
        {
            self.objects.remove(address);
        }
        if let Some(deposed) = self.deposed.get_mut(address) {
            deposed.retain(|object| object.id != *id);
            if deposed.is_empty() {
                self.deposed.remove(address);
            }
        }
    }
}
