//! Changes → operations, in an order in which nothing refers to what isn't there.
//!
//! What is made comes after what it refers to; what is deleted goes after all that referred to it,
//! however indirectly, and after those have moved to its successor.

mod ways;

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{OpKey, OwnerTag};

use super::change::{Action, Change};
use super::diff::{self, Prior};
use super::graph::{self, Ensure, Graph, Operation, Remove};
use super::wanted::{Manifests, Wanted, Way};
use crate::state::{Intent, StateObject};
use ways::Making;

/// Makes a key of an operation's place, the place of its way, and what is done.
type Keys<'k> = dyn Fn(usize, usize, &str) -> OpKey + 'k;

/// An operation without its place yet.
struct Draft<'o> {
    address: &'o str,
    what: What<'o>,
    after: BTreeSet<usize>,
}

enum What<'o> {
    Ensure {
        object: &'o Wanted,
        /// The object that is changed; `None` when one is made.
        there: Option<&'o StateObject>,
        on_demand: bool,
    },
    Remove(&'o StateObject),
}

/// The operations of changes, and what each waits for.
pub(super) struct Ordering<'o> {
    wanted: BTreeMap<&'o str, &'o Wanted>,
    changes: &'o [Change],
    prior: &'o Prior<'o>,
    manifests: &'o Manifests<'o>,
    owner: &'o OwnerTag,
    drafts: Vec<Draft<'o>>,
    /// Places among the drafts by address: what is made or changed, and what is deleted.
    ensures: BTreeMap<&'o str, usize>,
    removes: BTreeMap<&'o str, Vec<usize>>,
}

/// Keys of all operations of a graph.
pub(super) fn keys(graph: &Graph) -> Vec<OpKey> {
    let operations = graph.operations().iter();
    let keys = |operation: &Operation| match &operation.action {
        graph::Action::Ensure(ensure) => ensure.alternatives.iter().map(|way| way.key).collect(),
        graph::Action::Remove(remove) => vec![remove.key],
    };
    operations.flat_map(keys).collect()
}

impl<'o> Ordering<'o> {
    pub(super) fn new(
        wanted: &'o [Wanted],
        changes: &'o [Change],
        prior: &'o Prior<'o>,
        manifests: &'o Manifests<'o>,
        owner: &'o OwnerTag,
    ) -> Self {
        let mut ordering = Self {
            wanted: wanted
                .iter()
                .map(|object| (&*object.address, object))
                .collect(),
            changes,
            prior,
            manifests,
            owner,
            drafts: Vec::new(),
            ensures: BTreeMap::new(),
            removes: BTreeMap::new(),
        };
        ordering.draft();
        ordering.ensures_wait();
        ordering.removes_wait();
        ordering
    }

    /// What is done, in the order of the changes.
    fn draft(&mut self) {
        self.on_demand();
        for change in self.changes {
            if change.action.creates() || change.action == Action::Update {
                let updates = change.action == Action::Update;
                let there = self.prior.object(&change.address).filter(|_| updates);
                self.ensure(&change.address, there, false);
            }
            if change.action.deletes()
                && let Some(object) = self.doomed(change)
            {
                let index = self.drafts.len();
                self.drafts.push(Draft {
                    address: &change.address,
                    what: What::Remove(object),
                    after: BTreeSet::new(),
                });
                self.removes.entry(&change.address).or_default().push(index);
            }
        }
    }

    /// What ways of new objects need that isn't there.
    fn on_demand(&mut self) {
        let creating = self.changes.iter().filter(|change| change.action.creates());
        let mut open: Vec<&'o Wanted> = creating
            .filter_map(|change| self.wanted.get(&*change.address).copied())
            .collect();
        let changed: BTreeSet<&str> = self.changes.iter().map(|change| &*change.address).collect();
        let mut found: BTreeSet<&'o str> = BTreeSet::new();
        while let Some(object) = open.pop() {
            for need in object.may_need() {
                let needed = self.wanted.get(&*need).copied();
                let needed = needed.filter(|n| n.on_demand && !changed.contains(&*n.address));
                if let Some(needed) = needed.filter(|n| found.insert(&n.address)) {
                    open.push(needed);
                }
            }
        }
        for address in found {
            self.ensure(address, None, true);
        }
    }

    fn ensure(&mut self, address: &'o str, there: Option<&'o StateObject>, on_demand: bool) {
        let Some(object) = self.wanted.get(address).copied() else {
            return;
        };
        self.ensures.insert(address, self.drafts.len());
        self.drafts.push(Draft {
            address,
            what: What::Ensure {
                object,
                there,
                on_demand,
            },
            after: BTreeSet::new(),
        });
    }

    /// The object that a change deletes.
    fn doomed(&self, change: &Change) -> Option<&'o StateObject> {
        let id = change.id.as_ref()?;
        let state = self.prior.state;
        let stands = state.objects.get(&change.address);
        let deposed = state.deposed.get(&change.address).into_iter().flatten();
        stands
            .into_iter()
            .chain(deposed)
            .find(|object| object.id == *id)
    }

    fn is_on_demand(&self, index: usize) -> bool {
        let what = &self.drafts[index].what;
        matches!(
            what,
            What::Ensure {
                on_demand: true,
                ..
            }
        )
    }

    /// What is made comes after what it refers to.
    fn ensures_wait(&mut self) {
        let first = self.deleted_first();
        for (address, index) in self.ensures.clone() {
            let Some(object) = self.wanted.get(address) else {
                continue;
            };
            let needs = object.may_need();
            let needs = needs
                .iter()
                .filter_map(|need| self.ensures.get(&**need).copied());
            let needs: Vec<usize> = needs.filter(|need| !self.is_on_demand(*need)).collect();
            self.drafts[index].after.extend(needs);
            if first.contains(address) {
                let removed = self.removes.get(address).cloned().unwrap_or_default();
                self.drafts[index].after.extend(removed);
            }
        }
    }

    /// Addresses of objects that are deleted before their successors are made.
    fn deleted_first(&self) -> BTreeSet<&'o str> {
        let first = self.changes.iter();
        let first = first.filter(|change| change.action == Action::DeleteThenCreate);
        first.map(|change| &*change.address).collect()
    }

    /// What is deleted goes after all that referred to it, and after its successor is there.
    fn removes_wait(&mut self) {
        let users = self.users();
        let first = self.deleted_first();
        for (address, indices) in self.removes.clone() {
            let mut after: BTreeSet<usize> = BTreeSet::new();
            if !first.contains(address) {
                after.extend(self.ensures.get(address));
            }
            for user in users.get(address).into_iter().flatten() {
                after.extend(self.ensures.get(user));
                after.extend(self.removes.get(user).into_iter().flatten());
            }
            for index in indices {
                self.drafts[index].after.extend(&after);
            }
        }
    }

    /// By address, all that referred to what stood there, however indirectly, as it was made.
    fn users(&self) -> BTreeMap<&'o str, BTreeSet<&'o str>> {
        let state = self.prior.state;
        let deposed = state.deposed.iter();
        let deposed = deposed.flat_map(|(address, all)| all.iter().map(move |o| (address, o)));
        let mut direct: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (address, object) in state.objects.iter().chain(deposed) {
            for need in &object.intent.needs {
                direct.entry(need).or_default().insert(address);
            }
        }
        let all = |address: &'o str| {
            let mut users: BTreeSet<&str> = BTreeSet::new();
            let mut open = vec![address];
            while let Some(next) = open.pop() {
                for user in direct.get(next).into_iter().flatten() {
                    if *user != address && users.insert(user) {
                        open.push(user);
                    }
                }
            }
            (address, users)
        };
        self.removes.keys().map(|address| all(address)).collect()
    }

    /// What the state is to know of objects that nothing is done with, where that isn't what it knows.
    pub(super) fn intents(&self) -> BTreeMap<String, Intent> {
        let still = self
            .changes
            .iter()
            .filter(|change| change.action == Action::NoOp);
        let intents = still.filter_map(|change| {
            let object = self.wanted.get(&*change.address)?;
            let there = self.prior.object(&change.address)?;
            let intent = self.intent_of(object, there, change.alternative);
            (intent != there.intent).then(|| (change.address.clone(), intent))
        });
        intents.collect()
    }

    /// What the state is to know of an object that stays where it is.
    fn intent_of(&self, object: &Wanted, there: &StateObject, alternative: usize) -> Intent {
        let on = diff::on_way(object, there, self.manifests);
        match on.and_then(|index| object.ways.get(index)) {
            Some(way) => self.intent(object, way, alternative),
            None => Intent {
                prevent_destroy: object.prevent_destroy,
                ..there.intent.clone()
            },
        }
    }

    fn intent(&self, object: &Wanted, way: &Way, alternative: usize) -> Intent {
        let mut intent = Intent {
            stage: object.stage.clone(),
            choice: object.choice(self.manifests),
            alternative,
            usd_per_hour: way.usd_per_hour,
            prevent_destroy: object.prevent_destroy,
            ..Intent::default()
        };
        intent.needs = way.needs();
        intent
    }

    /// The operations, each after all that it waits for.
    pub(super) fn operations(&self, keys: &Keys<'_>) -> Vec<Operation> {
        let order = self.order();
        let mut places = vec![0; self.drafts.len()];
        for (place, index) in order.iter().enumerate() {
            places[*index] = place;
        }
        let operations = order.iter().enumerate().map(|(place, index)| {
            let draft = &self.drafts[*index];
            let after = draft.after.iter().map(|other| places[*other]);
            // What waits for each other, by a state that isn't ours, is cut where it closes.
            let mut after: Vec<usize> = after.filter(|other| *other < place).collect();
            after.sort_unstable();
            let action = match &draft.what {
                What::Remove(object) => graph::Action::Remove(Remove {
                    provider: object.provider.clone(),
                    key: keys(place, 0, "remove"),
                    id: object.id.clone(),
                }),
                What::Ensure {
                    object,
                    there,
                    on_demand,
                } => {
                    let of = Making {
                        object,
                        there: *there,
                        place,
                        places: &places,
                    };
                    let alternatives = self.alternatives(&of, keys);
                    graph::Action::Ensure(Ensure {
                        alternatives,
                        on_demand: *on_demand,
                        on_failure: object.on_failure,
                    })
                }
            };
            Operation {
                address: draft.address.to_owned(),
                action,
                after,
            }
        });
        operations.collect()
    }

    /// Drafts so that each comes after what it waits for, and else as they were drafted.
    fn order(&self) -> Vec<usize> {
        let mut waits: Vec<usize> = Vec::new();
        let mut awaited: Vec<Vec<usize>> = vec![Vec::new(); self.drafts.len()];
        for (index, draft) in self.drafts.iter().enumerate() {
            let mut after = draft.after.clone();
            after.extend(self.needs_of(draft));
            waits.push(after.len());
            for other in after {
                awaited[other].push(index);
            }
        }
        let all = waits.iter().enumerate();
        let mut ready: BTreeSet<usize> = all
            .filter(|(_, count)| **count == 0)
            .map(|(index, _)| index)
            .collect();
        let mut left: BTreeSet<usize> = (0..self.drafts.len()).collect();
        let mut order = Vec::new();
        while let Some(index) = ready.pop_first().or_else(|| left.first().copied()) {
            if !left.remove(&index) {
                continue;
            }
            order.push(index);
            for other in &awaited[index] {
                waits[*other] = waits[*other].saturating_sub(1);
                if waits[*other] == 0 {
                    ready.insert(*other);
                }
            }
        }
        order
    }

    /// What is done on demand and that one of the ways of a draft needs.
    fn needs_of(&self, draft: &Draft<'_>) -> Vec<usize> {
        let What::Ensure { object, .. } = &draft.what else {
            return Vec::new();
        };
        let needs = object.may_need();
        let needs = needs
            .iter()
            .filter_map(|need| self.ensures.get(&**need).copied());
        needs.filter(|need| self.is_on_demand(*need)).collect()
    }
}
