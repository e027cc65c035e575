//! What references stand for once all before them is done.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{Attributes, ObjectId};

use super::{Action, Change, Prior};
use crate::changes::reference::{self, Referent};
use crate::changes::wanted::Manifests;

/// Objects that will be there, with those of their attributes that are known already.
pub(super) struct Known<'k> {
    prior: &'k Prior<'k>,
    manifests: &'k Manifests<'k>,
    /// By address; `None` for one that will be another, so that nothing of it is known.
    changed: BTreeMap<String, Option<Attributes>>,
}

impl<'k> Known<'k> {
    pub(super) const fn new(prior: &'k Prior<'k>, manifests: &'k Manifests<'k>) -> Self {
        Self {
            prior,
            manifests,
            changed: BTreeMap::new(),
        }
    }

    /// Takes note of what becomes of an object.
    pub(super) fn becomes(&mut self, address: &str, action: Action, change: Option<&Change>) {
        match action {
            Action::NoOp => {}
            Action::Update => {
                let left = change.and_then(|change| self.left(change));
                self.changed.insert(address.to_owned(), left);
            }
            _ => {
                self.changed.insert(address.to_owned(), None);
            }
        }
    }

    /// What of an object's attributes is still true when it has been changed. Labels are no contents:
    /// what the backend computes doesn't depend on them.
    fn left(&self, change: &Change) -> Option<Attributes> {
        let there = self.prior.object(&change.address)?;
        let mut attributes = there.observed.clone();
        attributes.extend(change.after.clone().unwrap_or_default());
        let same = |(name, value): (&String, _)| {
            name == "labels" || there.observed.get(name) == Some(value)
        };
        let after = change.after.iter().flatten();
        if change.unknown.is_empty() && after.into_iter().all(same) {
            return Some(attributes);
        }
        let manifest = self.manifests.get(&there.provider);
        let kind = manifest.and_then(|manifest| manifest.kinds.get(&there.id.kind));
        let computed = |name: &str| kind.is_none_or(|kind| kind.computed.contains(name));
        attributes.retain(|name, _| !computed(name) && !change.unknown.contains(name));
        Some(attributes)
    }

    /// Attributes with what references in them stand for, and the names of those that aren't known.
    pub(super) fn resolved(&self, attributes: &Attributes) -> (Attributes, BTreeSet<String>) {
        let look = |address: &str| self.referent(address);
        let mut known = Attributes::new();
        let mut unknown = BTreeSet::new();
        for (name, value) in attributes {
            match reference::value_of(value, &look) {
                Ok(value) => drop(known.insert(name.clone(), value)),
                Err(_) => _ = unknown.insert(name.clone()),
            }
        }
        (known, unknown)
    }

    fn referent(&self, address: &str) -> Option<Referent<'_>> {
        let there = self.prior.object(address)?;
        let id: &ObjectId = &there.id;
        let attributes = match self.changed.get(address) {
            Some(changed) => changed.as_ref()?,
            None => &there.observed,
        };
        Some(Referent { id, attributes })
    }
}
