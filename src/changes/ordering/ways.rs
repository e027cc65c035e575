//! The ways of an object as alternatives of an operation, with names and keys.

use mlinfra_provider_api::Desired;

use super::{Keys, Ordering};
use crate::catalog::text::sha256_hex;
use crate::changes::diff;
use crate::changes::graph::Alternative;
use crate::changes::wanted::{Wanted, Way};
use crate::state::StateObject;

/// An object that is made or changed, and its place in the graph.
pub(super) struct Making<'m> {
    pub(super) object: &'m Wanted,
    pub(super) there: Option<&'m StateObject>,
    pub(super) place: usize,
    pub(super) places: &'m [usize],
}

impl Ordering<'_> {
    pub(super) fn alternatives(&self, of: &Making<'_>, keys: &Keys<'_>) -> Vec<Alternative> {
        if let Some(there) = of.there {
            return vec![self.update(of, there, keys)];
        }
        let open = diff::open_way(of.object, self.prior);
        let from = open.unwrap_or(0);
        let ways = of.object.ways.iter().enumerate().skip(from);
        let mut alternatives: Vec<Alternative> = ways
            .map(|(index, way)| self.alternative(of, way, index, keys))
            .collect();
        let first = alternatives
            .first_mut()
            .zip(self.prior.open.get(&of.object.address));
        if let (Some(_), Some((first, open))) = (open, first) {
            // It may be there already, by this key and this name.
            first.key = open.key;
            first.desired.name.clone_from(&open.desired.name);
        }
        alternatives
    }

    fn alternative(
        &self,
        of: &Making<'_>,
        way: &Way,
        index: usize,
        keys: &Keys<'_>,
    ) -> Alternative {
        let intent = self.intent(of.object, way, index);
        let desired = Desired {
            kind: of.object.kind.clone(),
            scope: way.scope.clone(),
            name: self.name(of.object, &intent.choice, index),
            owner: self.owner.clone(),
            attributes: way.attributes.clone(),
        };
        let needs = intent.needs.iter();
        let needs = needs.filter_map(|need| self.ensures.get(&**need).copied());
        let needs = needs.filter(|need| self.is_on_demand(*need));
        let mut needs: Vec<usize> = needs.map(|need| of.places[need]).collect();
        needs.sort_unstable();
        Alternative {
            provider: way.provider.clone(),
            key: keys(of.place, index, "ensure"),
            undo: keys(of.place, index, "undo"),
            desired,
            needs,
            intent,
        }
    }

    /// An object is changed where it is, under the name that it has.
    fn update(&self, of: &Making<'_>, there: &StateObject, keys: &Keys<'_>) -> Alternative {
        let on = diff::on_way(of.object, there, self.manifests);
        let attributes = match on.and_then(|index| of.object.ways.get(index)) {
            Some(way) => way.attributes.clone(),
            None => diff::kept_attributes(of.object, there, self.manifests),
        };
        let alternative = on.unwrap_or(there.intent.alternative);
        let begun = diff::begun(of.object, self.prior);
        let key = begun.map_or_else(|| keys(of.place, 0, "ensure"), |open| open.key);
        // The same key is for the same object: what references stood for then is what they are.
        let attributes = begun.map_or(attributes, |open| open.desired.attributes.clone());
        Alternative {
            provider: there.provider.clone(),
            key,
            undo: keys(of.place, 0, "undo"),
            desired: Desired {
                kind: there.id.kind.clone(),
                scope: there.id.scope.clone(),
                name: there.name.clone(),
                owner: self.owner.clone(),
                attributes,
            },
            needs: Vec::new(),
            intent: self.intent_of(of.object, there, alternative),
        }
    }

    /// `PROJECT-STAGE-SUFFIX`: at most 60 characters, so that every cloud takes it, and another name
    /// for whatever could be there at the same time.
    fn name(&self, object: &Wanted, choice: &str, alternative: usize) -> String {
        const HEAD: usize = 50;
        let state = self.prior.state;
        let (lineage, serial) = (&state.lineage, state.serial);
        let address = &object.address;
        let told = format!("{lineage}\n{address}\n{choice}\n{serial}\n{alternative}");
        let suffix: String = sha256_hex(told.as_bytes()).chars().take(8).collect();
        let head = format!("{}-{}", self.owner.project(), object.stage);
        let head: String = head.chars().take(HEAD).collect();
        format!("{head}-{suffix}")
    }
}
