//! An object that is wanted, beside the one that is there.

use std::collections::BTreeSet;

use mlinfra_provider_api::Attributes;

use super::fate::Known;
use super::{Action, Change, DiffOptions, Reason};
use crate::changes::reference;
use crate::changes::wanted::{Manifests, Wanted, Way};
use crate::state::StateObject;

/// Where an object is among the ways of what is wanted.
pub(super) enum On<'w> {
    /// On one of them.
    Way(usize, &'w Way),
    /// On none any more, though the plan ranks the same first as when it was made: it stays.
    Kept,
}

/// How an object that is there stands to what is wanted at its address.
pub(super) struct Stand<'w> {
    pub(super) on: On<'w>,
    /// Whether the plan ranks something else first than when it was made.
    moved: bool,
}

impl<'w> Stand<'w> {
    pub(super) fn new(object: &'w Wanted, there: &StateObject, manifests: &Manifests<'_>) -> Self {
        let chosen = &there.intent.choice;
        let moved = !chosen.is_empty() && *chosen != object.choice(manifests);
        let on = if chosen.is_empty() || moved {
            object.ways.first().map_or(On::Kept, |way| On::Way(0, way))
        } else {
            found(object, there, manifests)
        };
        Self { on, moved }
    }
}

/// The way on whose place an object is.
fn found<'w>(object: &'w Wanted, there: &StateObject, manifests: &Manifests<'_>) -> On<'w> {
    let is_it = |way: &Way| {
        let place = way.place(&object.kind, manifests);
        let same = place
            .into_iter()
            .all(|(name, value)| there.desired.get(name) == Some(value));
        let no_more = there
            .desired
            .keys()
            .all(|name| way.attributes.contains_key(name));
        same && no_more && way.provider == there.provider && way.scope == there.id.scope
    };
    let before = there.intent.alternative;
    let ways = object.ways.iter().enumerate();
    let found = ways.filter(|(_, way)| is_it(way));
    let found = found.min_by_key(|(index, _)| (*index != before, *index));
    found.map_or(On::Kept, |(index, way)| On::Way(index, way))
}

/// What an object is to be on the way that it is on.
struct Target {
    alternative: usize,
    provider: String,
    scope: String,
    attributes: Attributes,
    usd_per_hour: Option<crate::units::Money>,
}

impl Target {
    fn new(
        object: &Wanted,
        there: &StateObject,
        stand: &Stand<'_>,
        manifests: &Manifests<'_>,
    ) -> Self {
        match &stand.on {
            On::Way(alternative, way) => Self {
                alternative: *alternative,
                provider: way.provider.clone(),
                scope: way.scope.clone(),
                attributes: way.attributes.clone(),
                usd_per_hour: way.usd_per_hour,
            },
            On::Kept => Self {
                alternative: there.intent.alternative,
                provider: there.provider.clone(),
                scope: there.id.scope.clone(),
                attributes: kept(object, there, manifests),
                usd_per_hour: there.intent.usd_per_hour,
            },
        }
    }
}

/// What an object is to be that stays where it is: as it was made, but for what can be changed there
/// and, in the same region, what it refers to.
pub(in crate::changes) fn kept(
    object: &Wanted,
    there: &StateObject,
    manifests: &Manifests<'_>,
) -> Attributes {
    let mut attributes = there.desired.clone();
    let Some(first) = object.ways.first() else {
        return attributes;
    };
    let fixed = first.place(&object.kind, manifests);
    let same_region = first.provider == there.provider && first.scope == there.id.scope;
    for (name, value) in &first.attributes {
        let refers = reference::is_one(value);
        if !fixed.contains_key(&**name) && (same_region || !refers) {
            attributes.insert(name.clone(), value.clone());
        }
    }
    attributes
}

/// Managed attributes as they were read.
pub(super) fn managed(there: &StateObject, wanted: &Attributes) -> Attributes {
    let names: BTreeSet<&String> = wanted.keys().chain(there.desired.keys()).collect();
    let read = names.into_iter();
    read.filter_map(|name| Some((name.clone(), there.observed.get(name)?.clone())))
        .collect()
}

/// Attributes that aren't as they were made, as they were.
pub(super) fn drifted(there: &StateObject) -> Attributes {
    let made = there.desired.iter();
    let drifted = made.filter(|(name, value)| there.observed.get(*name) != Some(value));
    drifted
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What must be done with an object that is there.
pub(super) fn compare(
    (object, there, stand): (&Wanted, &StateObject, &Stand<'_>),
    known: &Known<'_>,
    manifests: &Manifests<'_>,
    options: &DiffOptions,
) -> Change {
    let target = Target::new(object, there, stand, manifests);
    let (after, unknown) = known.resolved(&target.attributes);
    let mut difference = Difference::new(object, there, &target, (&after, &unknown), manifests);
    difference.moved = stand.moved;
    let is_asked = options.replace.contains(&object.stage)
        && object.kind.as_str() == "nodes"
        && !options.made.contains(&there.made_by);
    let replaces = there.tainted || is_asked || !difference.replaced_by.is_empty();
    let action = match (replaces, object.create_first) {
        (true, true) => Action::CreateThenDelete,
        (true, false) => Action::DeleteThenCreate,
        (false, _) if difference.is_any() => Action::Update,
        (false, _) => Action::NoOp,
    };
    let mut change = Change {
        address: object.address.clone(),
        stage: object.stage.clone(),
        kind: object.kind.to_string(),
        provider: target.provider,
        scope: target.scope,
        action,
        reason: match (there.tainted, is_asked) {
            (true, _) => Reason::Tainted,
            (_, true) => Reason::Requested,
            _ => difference.reason(target.alternative),
        },
        id: Some(there.id.clone()),
        before: Some(managed(there, &target.attributes)),
        after: Some(after),
        unknown,
        replaced_by: difference.replaced_by,
        drifted: drifted(there),
        usd_per_hour_before: there.intent.usd_per_hour,
        usd_per_hour_after: target.usd_per_hour,
        alternative: target.alternative,
    };
    if replaces {
        anew(&mut change, object, known);
    }
    change
}

/// A new object is made by the first way that can be taken.
fn anew(change: &mut Change, object: &Wanted, known: &Known<'_>) {
    let Some(way) = object.ways.first() else {
        return;
    };
    let (after, unknown) = known.resolved(&way.attributes);
    change.provider.clone_from(&way.provider);
    change.scope.clone_from(&way.scope);
    change.after = Some(after);
    change.unknown = unknown;
    change.usd_per_hour_after = way.usd_per_hour;
    change.alternative = 0;
}

/// In what an object isn't as it is to be.
struct Difference {
    /// Because the plan is another.
    planned: bool,
    /// Because what it refers to is another, or will be.
    dependent: bool,
    /// Because something else changed it.
    drifted: bool,
    /// Because the plan ranks something else first.
    moved: bool,
    /// Attributes that can't be changed while it exists.
    replaced_by: BTreeSet<String>,
}

impl Difference {
    fn new(
        object: &Wanted,
        there: &StateObject,
        target: &Target,
        (after, unknown): (&Attributes, &BTreeSet<String>),
        manifests: &Manifests<'_>,
    ) -> Self {
        let entry = manifests.get(&there.provider);
        let entry = entry.and_then(|manifest| manifest.kinds.get(&object.kind));
        let updatable = |name: &str| entry.is_some_and(|kind| kind.updatable.contains(name));
        let is_imported = there.intent.choice.is_empty();
        let mut difference = Self {
            planned: false,
            dependent: !unknown.is_empty(),
            drifted: false,
            moved: false,
            replaced_by: unknown
                .iter()
                .filter(|name| !updatable(name))
                .cloned()
                .collect(),
        };
        let dropped = there
            .desired
            .keys()
            .filter(|name| !is_imported && !target.attributes.contains_key(*name));
        let changed = after
            .iter()
            .filter(|(name, value)| there.observed.get(*name) != Some(value));
        for name in dropped.chain(changed.map(|(name, _)| name)) {
            let refers = target.attributes.get(name).is_some_and(reference::is_one);
            if there.desired.get(name) == after.get(name) {
                difference.drifted = true;
            } else if refers {
                difference.dependent = true;
            } else {
                difference.planned = true;
            }
            if !updatable(name) {
                difference.replaced_by.insert(name.clone());
            }
        }
        if target.provider != there.provider || target.scope != there.id.scope {
            difference.planned = true;
            difference.replaced_by.insert("scope".to_owned());
        }
        difference
    }

    const fn is_any(&self) -> bool {
        self.planned || self.dependent || self.drifted
    }

    /// The reason that explains the most.
    fn reason(&self, alternative: usize) -> Reason {
        match (self.planned, self.dependent, self.drifted) {
            (true, ..) if self.moved && !self.replaced_by.is_empty() => Reason::ChoiceChanged,
            (true, ..) => Reason::PlanChanged,
            (_, true, _) => Reason::DependencyChanged,
            (.., true) => Reason::Drifted,
            _ if alternative > 0 => Reason::OnFallback,
            _ => Reason::AsPlanned,
        }
    }
}
