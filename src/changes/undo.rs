//! Reverses what an apply did that failed.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{Desired, ObjectId, OpKey, OwnerTag};

use super::change::Action;
use super::frozen::Frozen;
use super::graph::{self, Alternative, Ensure, Graph, OnFailure, Operation, Remove};
use super::ordering;
use super::wanted::natural;
use crate::state::{State, StateObject};

/// What reverses an apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undo {
    /// What the plan made is deleted, and what it changed is set back.
    pub graph: Graph,
    /// Addresses of what it deleted: that can't come back.
    pub lost: Vec<String>,
    /// Objects that it replaced and that are there still, by address: they take their places back.
    pub restored: BTreeMap<String, ObjectId>,
}

impl Undo {
    /// Puts objects back to their addresses whose successors are gone. Whether there were any.
    pub fn settle(&self, state: &mut State) -> bool {
        let mut told = false;
        for (address, id) in &self.restored {
            if state.objects.contains_key(address) {
                continue;
            }
            let Some(deposed) = state.deposed.get_mut(address) else {
                continue;
            };
            let Some(index) = deposed.iter().position(|object| object.id == *id) else {
                continue;
            };
            let object = deposed.remove(index);
            if deposed.is_empty() {
                state.deposed.remove(address);
            }
            state.objects.insert(address.clone(), object);
            told = true;
        }
        told
    }
}

/// What must be done so that what a plan did is as if it hadn't been.
///
/// The plan's operations must be settled: what nobody knows the end of isn't reversed.
#[must_use]
pub fn undo(frozen: &Frozen, state: &State) -> Undo {
    let made: BTreeSet<OpKey> = ordering::keys(&frozen.graph).into_iter().collect();
    let is_made = |object: &StateObject| made.contains(&object.made_by);
    let mut removed: Vec<(&String, &StateObject)> = state
        .objects
        .iter()
        .filter(|(_, object)| is_made(object))
        .collect();
    let deposed = state.deposed.iter();
    let deposed = deposed.flat_map(|(address, all)| all.iter().map(move |o| (address, o)));
    removed.extend(deposed.clone().filter(|(_, object)| is_made(object)));
    let places: BTreeSet<&String> = removed.iter().map(|(address, _)| *address).collect();
    let restored = deposed.filter(|(address, object)| !is_made(object) && places.contains(address));
    let restored = restored.map(|(address, object)| (address.clone(), object.id.clone()));
    let undo = Undo {
        graph: Graph::default(),
        lost: lost(frozen, state),
        restored: restored.collect(),
    };
    let graph = operations(frozen, state, &removed).and_then(|all| Graph::new(all).ok());
    Undo {
        graph: graph.unwrap_or_default(),
        ..undo
    }
}

/// Addresses of what the plan deleted and that is gone.
fn lost(frozen: &Frozen, state: &State) -> Vec<String> {
    let deleted = frozen
        .changes
        .iter()
        .filter(|change| change.action.deletes());
    let gone = deleted.filter(|change| {
        let stands = state.objects.get(&change.address);
        let deposed = state.deposed.get(&change.address).into_iter().flatten();
        let mut there = stands.into_iter().chain(deposed);
        !there.any(|object| Some(&object.id) == change.id.as_ref())
    });
    gone.map(|change| change.address.clone()).collect()
}

/// First what was changed is set back, what others refer to last; then what was made is deleted, what
/// refers to others first.
fn operations(
    frozen: &Frozen,
    state: &State,
    removed: &[(&String, &StateObject)],
) -> Option<Vec<Operation>> {
    let owner = state.owner().ok()?;
    let seed = frozen.digest();
    let serial = state.serial;
    let key = |place: usize, what: &str| {
        let what = format!("{what} after {serial}");
        super::frozen::key(&seed, &state.lineage, place, 0, &what)
    };
    let mut operations: Vec<Operation> = Vec::new();
    let updates = frozen
        .changes
        .iter()
        .rev()
        .filter(|change| change.action == Action::Update);
    for change in updates {
        let address = &change.address;
        let both = frozen.updated.get(address).zip(state.objects.get(address));
        let Some((before, now)) = both.filter(|(b, n)| b.id == n.id && b.desired != n.desired)
        else {
            continue;
        };
        let place = operations.len();
        let ensure = set_back(before, now, &owner, &|what| key(place, what));
        operations.push(Operation {
            address: address.clone(),
            action: graph::Action::Ensure(ensure),
            after: (0..place).collect(),
        });
    }
    let changed = operations.len();
    let mut removed = removed.to_vec();
    let depths = depths(&removed);
    removed.sort_by_key(|(address, _)| {
        let depth = depths.get(&***address).copied().unwrap_or(0);
        (std::cmp::Reverse(depth), natural(address))
    });
    let mut users: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (address, object) in removed {
        let place = operations.len();
        let mut after: Vec<usize> = (0..changed).collect();
        after.extend(users.get(&**address).into_iter().flatten());
        for need in &object.intent.needs {
            users.entry(need).or_default().push(place);
        }
        operations.push(Operation {
            address: address.clone(),
            action: graph::Action::Remove(Remove {
                provider: object.provider.clone(),
                key: key(place, "remove"),
                id: object.id.clone(),
            }),
            after,
        });
    }
    Some(operations)
}

fn set_back(
    before: &StateObject,
    now: &StateObject,
    owner: &OwnerTag,
    key: &dyn Fn(&str) -> OpKey,
) -> Ensure {
    Ensure {
        alternatives: vec![Alternative {
            provider: now.provider.clone(),
            key: key("set back"),
            undo: key("undo"),
            desired: Desired {
                kind: now.id.kind.clone(),
                scope: now.id.scope.clone(),
                name: now.name.clone(),
                owner: owner.clone(),
                attributes: before.desired.clone(),
            },
            needs: Vec::new(),
            intent: before.intent.clone(),
        }],
        on_demand: false,
        on_failure: OnFailure::Keep,
    }
}

/// How many of these objects each refers to, one after another.
fn depths<'r>(removed: &[(&'r String, &'r StateObject)]) -> BTreeMap<&'r str, usize> {
    let mut depths: BTreeMap<&str, usize> = removed
        .iter()
        .map(|(address, _)| (&***address, 0))
        .collect();
    // Nodes refer to templates, and those to groups. What a circle would do is cut off.
    for _ in 0..4 {
        for (address, object) in removed {
            let below = object
                .intent
                .needs
                .iter()
                .filter_map(|need| depths.get(&**need));
            let below = below.max().map_or(0, |depth| depth + 1);
            depths.insert(address, below);
        }
    }
    depths
}
