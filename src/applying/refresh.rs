//! What changed behind our back: the state as it is by now, and how that differs.
//!
//! Each provider is asked once for all that carries the owner's tag; what that lacks is read one by
//! one. Nothing is written.

use std::collections::BTreeMap;

use mlinfra_provider_api::{Condition, InvalidId, ObjectId, Observed, OwnerTag, ProviderError};
use serde_json::Value;

use super::ask::{self, List, Providers};
use super::engine::Limits;
use super::runtime::{Clock, Task, all};
use crate::state::{State, StateObject};

/// A state as it was read anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// The state with what was read.
    pub state: State,
    /// What differs, by address.
    pub drift: Vec<Drift>,
    /// Addresses of objects that couldn't be read, with what the provider says. The state has of them
    /// what it had before.
    pub unreachable: Vec<(String, String)>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The object's address.
    pub address: String,
    /// Whether it is one that awaits its deletion.
    pub deposed: bool,
    /// What differs.
    pub what: Drifted,
}

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drifted {
    /// An attribute has another value; `None` where it isn't there.
    Changed {
        /// Which.
        attribute: String,
        /// Its value as it was known.
        before: Option<Value>,
        /// Its value as read.
        after: Option<Value>,
    },
    /// It isn't there any more, or is being deleted.
    Gone,
    /// It is there and will never be ready again.
    Failed {
        /// What the provider says.
        reason: String,
    },
    /// It doesn't carry our tag any more.
    Disowned,
}

/// What was read of one object.
type Read = Result<Option<Observed>, ProviderError>;

/// An object of the state: its address, and its place among those that await their deletion.
type At<'s> = (&'s String, Option<usize>, &'s StateObject);

/// Reads every object of a state.
///
/// # Errors
///
/// [`InvalidId`] when the state's project or lineage can't be a tag.
pub async fn refresh(
    state: &State,
    providers: &Providers<'_>,
    clock: &dyn Clock,
    limits: &Limits,
) -> Result<Refreshed, InvalidId> {
    let owner = state.owner()?;
    let mut names: Vec<&String> = every(state)
        .map(|(_, _, object)| &object.provider)
        .collect();
    names.sort_unstable();
    names.dedup();
    let lists = ask::lists(names, &owner, providers, clock).await;
    let listed = by_id(&lists);
    let mut reads: BTreeMap<(&String, Option<usize>), Read> = BTreeMap::new();
    let mut missing = Vec::new();
    for (address, place, object) in every(state) {
        match listed.get(&(&object.provider, &object.id)) {
            Some(observed) => drop(reads.insert((address, place), Ok(Some((*observed).clone())))),
            None => missing.push((address, place, object)),
        }
    }
    let tasks = missing.into_iter().map(|(address, place, object)| {
        let task: Task<'_, _> = Box::pin(async move {
            let read = ask::read(&object.provider, &object.id, providers, clock).await;
            ((address, place), read)
        });
        task
    });
    reads.extend(all(limits.parallel, tasks).await);
    Ok(taken_over(state, &owner, reads))
}

fn every(state: &State) -> impl Iterator<Item = At<'_>> {
    let objects = state.objects.iter();
    let objects = objects.map(|(address, object)| (address, None, object));
    let deposed = state.deposed.iter().flat_map(|(address, deposed)| {
        let deposed = deposed.iter().enumerate();
        deposed.map(move |(place, object)| (address, Some(place), object))
    });
    objects.chain(deposed)
}

fn by_id(lists: &BTreeMap<String, List>) -> BTreeMap<(&String, &ObjectId), &Observed> {
    let lists = lists
        .iter()
        .filter_map(|(name, list)| Some((name, list.as_ref().ok()?)));
    lists
        .flat_map(|(name, objects)| {
            objects
                .iter()
                .map(move |object| ((name, &object.id), object))
        })
        .collect()
}

/// The state with what was read of its objects.
fn taken_over<'s>(
    state: &'s State,
    owner: &OwnerTag,
    mut reads: BTreeMap<(&'s String, Option<usize>), Read>,
) -> Refreshed {
    let mut refreshed = Refreshed {
        state: state.clone(),
        drift: Vec::new(),
        unreachable: Vec::new(),
    };
    refreshed.state.objects.clear();
    refreshed.state.deposed.clear();
    for (address, place, object) in every(state) {
        let Some(read) = reads.remove(&(address, place)) else {
            continue;
        };
        let is_deposed = place.is_some();
        let (object, drifts, leaves) = match read {
            Ok(None) => (None, vec![Drifted::Gone], false),
            Ok(Some(observed)) => {
                let leaves = observed.condition == Condition::Deleting;
                let (object, drifts) = compared(object, observed, owner);
                (Some(object), drifts, leaves)
            }
            Err(error) => {
                let unreachable = (address.clone(), error.message);
                refreshed.unreachable.push(unreachable);
                (Some(object.clone()), Vec::new(), false)
            }
        };
        refreshed.drift.extend(drifts.into_iter().map(|what| Drift {
            address: address.clone(),
            deposed: is_deposed,
            what,
        }));
        let state = &mut refreshed.state;
        match object {
            None => {}
            // It isn't gone yet, so that it must stay known until it is.
            Some(object) if is_deposed || leaves => {
                let deposed = state.deposed.entry(address.clone()).or_default();
                deposed.push(object);
            }
            Some(object) => drop(state.objects.insert(address.clone(), object)),
        }
    }
    refreshed
}

/// The object as it was read, and how that differs from what was known.
fn compared(
    before: &StateObject,
    observed: Observed,
    owner: &OwnerTag,
) -> (StateObject, Vec<Drifted>) {
    let mut drifts = Vec::new();
    let tainted = match &observed.condition {
        Condition::Deleting => {
            drifts.push(Drifted::Gone);
            before.tainted
        }
        Condition::Failed { reason } => {
            let reason = reason.clone();
            drifts.push(Drifted::Failed { reason });
            true
        }
        Condition::Creating | Condition::Ready => before.tainted,
    };
    if observed.owner.as_ref() != Some(owner) {
        drifts.push(Drifted::Disowned);
    }
    // What nobody asked for and wasn't there before is the backend's own.
    let names = before.observed.keys().chain(before.desired.keys());
    let names: std::collections::BTreeSet<&String> = names.collect();
    for name in names {
        let (was, is) = (before.observed.get(name), observed.attributes.get(name));
        if was != is {
            drifts.push(Drifted::Changed {
                attribute: name.clone(),
                before: was.cloned(),
                after: is.cloned(),
            });
        }
    }
    let object = StateObject {
        name: observed.name,
        observed: observed.attributes,
        tainted,
        ..before.clone()
    };
    (object, drifts)
}
