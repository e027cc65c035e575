//! All that a provider lists for an owner, to be asked what an operation made.

use std::collections::BTreeMap;

use mlinfra_provider_api::{Condition, Desired, ObjectId, ObjectKind, Observed, OpKey};

/// What tells an object where there are no keys: kind, scope and name.
type Place<'l> = (&'l ObjectKind, &'l str, &'l str);

/// An owner's objects, found in a time that hardly depends on how many there are.
pub(super) struct Listed<'l> {
    by_id: BTreeMap<&'l ObjectId, &'l Observed>,
    by_key: BTreeMap<OpKey, &'l Observed>,
    by_place: BTreeMap<Place<'l>, Vec<&'l Observed>>,
}

impl<'l> Listed<'l> {
    pub(super) fn new(objects: &'l [Observed]) -> Self {
        let mut by_key = BTreeMap::new();
        let mut by_place: BTreeMap<Place<'_>, Vec<&Observed>> = BTreeMap::new();
        for object in objects {
            if let Some(key) = object.op_key {
                by_key.entry(key).or_insert(object);
            }
            let place = (&object.id.kind, &*object.id.scope, &*object.name);
            by_place.entry(place).or_default().push(object);
        }
        Self {
            by_id: objects.iter().map(|object| (&object.id, object)).collect(),
            by_key,
            by_place,
        }
    }

    /// The object of an identifier.
    pub(super) fn object(&self, id: &ObjectId) -> Option<&'l Observed> {
        self.by_id.get(id).copied()
    }

    /// What an operation made.
    pub(super) fn made_by(&self, key: OpKey) -> Option<&'l Observed> {
        self.by_key.get(&key).copied()
    }

    /// Objects that may be what is desired, by their names.
    pub(super) fn named<'a>(&'a self, want: &'a Desired) -> &'a [&'l Observed] {
        let place = (&want.kind, &*want.scope, &*want.name);
        self.by_place.get(&place).map_or(&[], |named| named)
    }
}

/// Whether it is there, and isn't on its way out.
pub(super) fn is_alive(object: &Observed) -> bool {
    object.condition != Condition::Deleting
}
