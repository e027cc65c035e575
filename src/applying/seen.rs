//! What a run knows of objects beside the state: what it made, and what it removed.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{Desired, ObjectId, Observed, OpKey};

use crate::changes::reference::{self, ReferenceError, Referent};
use crate::state::State;

#[derive(Default)]
pub(super) struct Seen {
    /// What is at an address now; `None` where it is gone.
    here: BTreeMap<String, Option<Observed>>,
    /// What operations made that wasn't there before, by their places.
    made: BTreeMap<usize, ObjectId>,
    /// Objects that operations made, changed or found as they are to be.
    ensured: BTreeSet<ObjectId>,
}

impl Seen {
    /// An operation has this object at its address.
    pub(super) fn ensured(
        &mut self,
        state: &State,
        (index, key): (usize, OpKey),
        address: &str,
        observed: &Observed,
    ) {
        let id = &observed.id;
        // An object that an earlier process made by the same operation is this plan's as well.
        let here = state.objects.get(address);
        let was_here = here.is_some_and(|object| object.id == *id && object.made_by != key);
        let mut deposed = state.deposed.values().flatten();
        if !was_here && !deposed.any(|object| object.id == *id) {
            self.made.insert(index, id.clone());
        }
        self.ensured.insert(id.clone());
        self.here.insert(address.to_owned(), Some(observed.clone()));
    }

    /// An object is gone.
    pub(super) fn removed(&mut self, state: &State, address: &str, id: &ObjectId) {
        let seen = self.here.get(address);
        let here = match seen {
            Some(seen) => seen.as_ref().map(|object| &object.id),
            None => state.objects.get(address).map(|object| &object.id),
        };
        if here == Some(id) {
            self.here.insert(address.to_owned(), None);
        }
    }

    /// What an operation made is gone again, and what was at its address before is there again.
    pub(super) fn undone(&mut self, index: usize, address: &str) {
        self.made.remove(&index);
        self.here.remove(address);
    }

    /// What an operation made that wasn't there before.
    pub(super) fn made(&self, index: usize) -> Option<&ObjectId> {
        self.made.get(&index)
    }

    /// Whether an operation of this run has the object as it is to be.
    pub(super) fn is_ensured(&self, id: &ObjectId) -> bool {
        self.ensured.contains(id)
    }

    /// What is desired, with what references stand for.
    pub(super) fn resolved(
        &self,
        state: &State,
        desired: &Desired,
    ) -> Result<Desired, ReferenceError> {
        let look = |address: &str| match self.here.get(address) {
            Some(seen) => seen.as_ref().map(|object| Referent {
                id: &object.id,
                attributes: &object.attributes,
            }),
            None => state.objects.get(address).map(|object| Referent {
                id: &object.id,
                attributes: &object.observed,
            }),
        };
        Ok(Desired {
            attributes: reference::resolve(&desired.attributes, &look)?,
            ..desired.clone()
        })
    }
}
