//! How what is wanted differs from what exists.
//!
//! What exists is told by the state as it was read last. An object that had to be made by a lower
//! choice, since there was no capacity, stays as long as the plan ranks the same first: a plan that is
//! made again mustn't move what runs.

mod compare;
mod fate;
mod guard;

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{Attributes, Desired, OpKey};
use serde::{Deserialize, Serialize};

use super::change::{Action, Change, Reason};
use super::wanted::{self, Manifests, Wanted, natural};
use crate::diagnostics::{Diagnostic, Diagnostics, apply, planning};
use crate::state::{State, StateObject};
use compare::{On, Stand, compare};
use fate::Known;

pub(super) use compare::kept as kept_attributes;
pub use guard::goes_on;
pub(super) use guard::{begun, way_of as open_way};

/// What is to become of what exists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It becomes as planned.
    #[default]
    Apply,
    /// It is deleted.
    Destroy,
}

/// What is looked at, and what is asked for beside the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiffOptions {
    /// What is to become of what exists.
    pub mode: Mode,
    /// The only stages whose pools are looked at; empty for all.
    pub targets: BTreeSet<String>,
    /// Stages whose nodes are made anew.
    pub replace: BTreeSet<String>,
    /// Operations of the plan that is gone on with: what they made isn't made anew once more.
    pub made: BTreeSet<OpKey>,
}

/// An object that was about to be made or changed, and of which nobody knows what became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenEnsure {
    /// The operation's key.
    pub key: OpKey,
    /// Whose API.
    pub provider: String,
    /// What it was to be.
    pub desired: Desired,
}

/// What exists, as far as is known.
#[derive(Debug, Clone, Copy)]
pub struct Prior<'p> {
    /// The state as it was read last.
    pub state: &'p State,
    /// Addresses of objects that turned out to be gone, whether the state has them still or not.
    pub gone: &'p BTreeSet<String>,
    /// Operations that were begun and not settled, by address.
    pub open: &'p BTreeMap<String, OpenEnsure>,
}

impl<'p> Prior<'p> {
    /// The object at an address, if it is there.
    #[must_use]
    pub fn object(&self, address: &str) -> Option<&'p StateObject> {
        let object = self.state.objects.get(address);
        object.filter(|_| !self.gone.contains(address))
    }
}

/// What must be done so that what exists is as wanted; what nothing is done with is among it.
///
/// Changes come by stage, and within a stage each after those that it refers to.
#[must_use]
pub fn diff(
    wanted: &[Wanted],
    prior: &Prior<'_>,
    manifests: &Manifests<'_>,
    options: &DiffOptions,
) -> (Vec<Change>, Diagnostics) {
    let looks_at = |stage: &str| options.targets.is_empty() || options.targets.contains(stage);
    let ordered = wanted::ordered(wanted).into_iter();
    let ordered: Vec<&Wanted> = ordered.filter(|object| looks_at(&object.stage)).collect();
    let stands = stands(&ordered, prior, manifests);
    let mut changes = match options.mode {
        Mode::Apply => applied(&ordered, prior, &stands, manifests, options),
        Mode::Destroy => Vec::new(),
    };
    let known: BTreeSet<&str> = ordered.iter().map(|object| &*object.address).collect();
    let kept = kept(&ordered, prior, &stands, options.mode);
    let others = prior.state.objects.iter().filter(|(address, object)| {
        let new = options.mode == Mode::Destroy || !known.contains(&***address);
        looks_at(&object.intent.stage) && new && !kept.contains(*address)
    });
    let reason = match options.mode {
        Mode::Apply => Reason::NotWanted,
        Mode::Destroy => Reason::Destroying,
    };
    let mut deleted: Vec<Change> = others
        .map(|(address, object)| {
            if prior.gone.contains(address) {
                return deletion(address, object, Action::Forget, Reason::Gone);
            }
            deletion(address, object, Action::Delete, reason)
        })
        .collect();
    deleted.extend(deposed(prior, looks_at));
    deleted.sort_by(|a, b| natural(&a.address).cmp(&natural(&b.address)));
    changes.extend(deleted);
    changes.sort_by(|a, b| a.stage.cmp(&b.stage));
    let mut diagnostics = guard::protected(&changes, &ordered, wanted, prior);
    diagnostics.extend(guard::unsettled(&changes, &ordered, prior, options.mode));
    diagnostics.extend(targets(wanted, prior, options));
    (changes, diagnostics)
}

/// The place of the way that an object is on; `None` for one that is kept though it is on none.
pub(super) fn on_way(
    object: &Wanted,
    there: &StateObject,
    manifests: &Manifests<'_>,
) -> Option<usize> {
    match Stand::new(object, there, manifests).on {
        On::Way(index, _) => Some(index),
        On::Kept => None,
    }
}

/// By address, how objects that are there stand to what is wanted.
type Stands<'w> = BTreeMap<&'w str, Stand<'w>>;

fn stands<'w>(ordered: &[&'w Wanted], prior: &Prior<'_>, manifests: &Manifests<'_>) -> Stands<'w> {
    let there = ordered.iter().filter_map(|object| {
        let there = prior.object(&object.address)?;
        Some((&*object.address, Stand::new(object, there, manifests)))
    });
    there.collect()
}

/// What must be done with what is wanted.
fn applied(
    ordered: &[&Wanted],
    prior: &Prior<'_>,
    stands: &Stands<'_>,
    manifests: &Manifests<'_>,
    options: &DiffOptions,
) -> Vec<Change> {
    let needed = needed(ordered, prior, stands);
    let referred: BTreeSet<String> = ordered
        .iter()
        .flat_map(|object| object.may_need())
        .collect();
    let mut known = Known::new(prior, manifests);
    let mut changes: Vec<Change> = Vec::new();
    let mut spare: BTreeSet<usize> = BTreeSet::new();
    for object in ordered {
        let address = &object.address;
        let is_needed = !object.on_demand || needed.contains(address);
        let mut change = match prior.object(address) {
            None if !is_needed => {
                known.becomes(address, Action::Create, None);
                continue;
            }
            None => created(object, prior, &known),
            Some(there) => match stands.get(&**address) {
                Some(stand) => compare((object, there, stand), &known, manifests, options),
                None => continue,
            },
        };
        if change.action == Action::NoOp && guard::begun(object, prior).is_some() {
            change.action = Action::Update;
            change.reason = Reason::NotReady;
        }
        if change.action == Action::DeleteThenCreate && referred.contains(address) {
            // What others use must be there until they use the new one.
            change.action = Action::CreateThenDelete;
        }
        if !is_needed {
            spare.insert(changes.len());
        }
        known.becomes(address, change.action, Some(&change));
        changes.push(change);
    }
    let tried = tried(ordered, &changes);
    for index in spare {
        let address = changes[index].address.clone();
        if let Some(there) = prior.object(&address).filter(|_| !tried.contains(&address)) {
            changes[index] = deletion(&address, there, Action::Delete, Reason::NotWanted);
        }
    }
    changes
}

/// Objects that some way of a new object needs, however indirectly.
fn tried(ordered: &[&Wanted], changes: &[Change]) -> BTreeSet<String> {
    let creating = changes.iter().filter(|change| change.action.creates());
    let creating: BTreeSet<&str> = creating.map(|change| &*change.address).collect();
    let mut tried: BTreeSet<String> = BTreeSet::new();
    // Whatever refers to an object comes after it.
    for object in ordered.iter().rev() {
        if creating.contains(&*object.address) || tried.contains(&object.address) {
            tried.extend(object.may_need());
        }
    }
    tried
}

/// Objects that are made on demand and that the ways need which existing objects are on.
fn needed(ordered: &[&Wanted], prior: &Prior<'_>, stands: &Stands<'_>) -> BTreeSet<String> {
    let mut needed: BTreeSet<String> = BTreeSet::new();
    // Whatever refers to an object comes after it.
    for object in ordered.iter().rev() {
        let address = &object.address;
        if object.on_demand && !needed.contains(address) {
            continue;
        }
        match stands.get(&**address).map(|stand| &stand.on) {
            Some(On::Way(_, way)) => needed.extend(way.needs()),
            Some(On::Kept) => {
                let there = prior.object(address);
                needed.extend(
                    there
                        .into_iter()
                        .flat_map(|there| there.intent.needs.clone()),
                );
            }
            None if object.on_demand => needed.extend(object.may_need()),
            None => {}
        }
    }
    needed
}

/// Objects that nothing wants any more, and that one which is kept as it is refers to.
fn kept(
    ordered: &[&Wanted],
    prior: &Prior<'_>,
    stands: &Stands<'_>,
    mode: Mode,
) -> BTreeSet<String> {
    let mut kept: BTreeSet<String> = BTreeSet::new();
    if mode == Mode::Destroy {
        return kept;
    }
    let is_kept = |address: &&str| {
        let stand = stands.get(address);
        stand.is_some_and(|stand| matches!(stand.on, On::Kept))
    };
    let addresses = ordered.iter().map(|object| &*object.address);
    let mut open: Vec<&str> = addresses.filter(is_kept).collect();
    while let Some(address) = open.pop() {
        let needs = prior
            .object(address)
            .map_or(&[][..], |there| &there.intent.needs);
        for need in needs {
            if kept.insert(need.clone()) {
                open.push(need);
            }
        }
    }
    kept
}

fn created(object: &Wanted, prior: &Prior<'_>, known: &Known<'_>) -> Change {
    let way = object.ways.first();
    let resolved = way.map(|way| known.resolved(&way.attributes));
    let (after, unknown) = resolved.unwrap_or_default();
    let gone = prior.gone.contains(&object.address);
    Change {
        address: object.address.clone(),
        stage: object.stage.clone(),
        kind: object.kind.to_string(),
        provider: way.map_or(String::new(), |way| way.provider.clone()),
        scope: way.map_or(String::new(), |way| way.scope.clone()),
        action: Action::Create,
        reason: if gone {
            Reason::Gone
        } else {
            Reason::NotInState
        },
        id: None,
        before: None,
        after: Some(after),
        unknown,
        replaced_by: BTreeSet::new(),
        drifted: Attributes::new(),
        usd_per_hour_before: None,
        usd_per_hour_after: way.and_then(|way| way.usd_per_hour),
        alternative: 0,
    }
}

fn deletion(address: &str, object: &StateObject, action: Action, reason: Reason) -> Change {
    Change {
        address: address.to_owned(),
        stage: object.intent.stage.clone(),
        kind: object.id.kind.to_string(),
        provider: object.provider.clone(),
        scope: object.id.scope.clone(),
        action,
        reason,
        id: Some(object.id.clone()),
        before: Some(compare::managed(object, &object.desired)),
        after: None,
        unknown: BTreeSet::new(),
        replaced_by: BTreeSet::new(),
        drifted: compare::drifted(object),
        usd_per_hour_before: object.intent.usd_per_hour,
        usd_per_hour_after: None,
        alternative: object.intent.alternative,
    }
}

fn deposed(prior: &Prior<'_>, looks_at: impl Fn(&str) -> bool) -> Vec<Change> {
    let all = prior.state.deposed.iter();
    let all = all.flat_map(|(address, objects)| objects.iter().map(move |o| (address, o)));
    let all = all.filter(|(_, object)| looks_at(&object.intent.stage));
    all.map(|(address, object)| deletion(address, object, Action::Delete, Reason::Deposed))
        .collect()
}

/// Whether all targets are there, and that they aren't all.
fn targets(wanted: &[Wanted], prior: &Prior<'_>, options: &DiffOptions) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let objects = prior.state.objects.values();
    let deposed = prior.state.deposed.values().flatten();
    let stages = objects.chain(deposed).map(|object| &object.intent.stage);
    let stages: BTreeSet<&String> = stages
        .chain(wanted.iter().map(|object| &object.stage))
        .collect();
    for target in options.targets.iter().chain(&options.replace) {
        if !stages.contains(target) {
            let have: Vec<String> = stages.iter().map(|stage| format!("`{stage}`")).collect();
            let detail = format!(
                "No stage `{target}` has objects of its own: neither in this plan nor in the state."
            );
            let diagnostic = Diagnostic::error(&planning::UNKNOWN_STAGE).detail(detail);
            diagnostics.push(if have.is_empty() {
                diagnostic
            } else {
                diagnostic.hint(format!("stages with objects are {}.", have.join(", ")))
            });
        }
    }
    if !options.targets.is_empty() {
        let detail = "`-target` leaves all other stages as they are, so what exists may not fit \
                      together. It is for getting out of trouble.";
        diagnostics.push(Diagnostic::warning(&apply::PARTIAL).detail(detail).hint(
            "plan again without `-target` afterwards, and see whether anything is left to do.",
        ));
    }
    diagnostics
}
