//! The objects that a plan asks for, each with the ways in which it may be made.

mod images;
mod pools;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{Attributes, Manifest, ObjectKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::graph::OnFailure;
use super::reference;
use crate::catalog::text::sha256_hex;
use crate::diagnostics::Origin;
use crate::units::Money;

pub use pools::wanted;

/// Backends by name.
pub type Manifests<'m> = BTreeMap<String, &'m Manifest>;

/// Where plans are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Realm {
    /// A cloud in a folder stands for all clouds and clusters.
    Sandbox,
    /// The clouds themselves.
    Clouds,
}

/// An object that the plan asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Its address in the state: `pool.train.nodes`.
    pub address: String,
    /// The stage whose pool it belongs to.
    pub stage: String,
    /// What it is.
    pub kind: ObjectKind,
    /// Whether it is made only when a way of another object needs it that is being tried.
    pub on_demand: bool,
    /// What becomes of it when it can't be made as a whole.
    pub on_failure: OnFailure,
    /// Whether a new one is made before the old one is deleted.
    pub create_first: bool,
    /// No path may delete it.
    pub prevent_destroy: bool,
    /// How it may be made, from the best way to the worst; at least one.
    pub ways: Vec<Way>,
    /// Where the stage stands in the spec; not kept in plans.
    #[serde(skip)]
    pub origin: Option<Origin>,
}

/// One way to make an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Whose API.
    pub provider: String,
    /// Where: a region.
    pub scope: String,
    /// What it is to be. Attributes may refer to other objects (`reference`).
    pub attributes: Attributes,
    /// What it costs for an hour, for all that it consists of; `None` for what costs nothing.
    pub usd_per_hour: Option<Money>,
}

impl Way {
    /// Addresses of the objects that it refers to.
    #[must_use]
    pub fn needs(&self) -> Vec<String> {
        reference::addresses(&self.attributes)
    }

    /// The attributes that tell where and on what it is: those that can't be changed while it exists
    /// and that refer to nothing.
    pub(super) fn place<'w>(
        &'w self,
        kind: &ObjectKind,
        manifests: &Manifests<'_>,
    ) -> BTreeMap<&'w str, &'w Value> {
        let entry = manifests.get(&self.provider);
        let entry = entry.and_then(|manifest| manifest.kinds.get(kind));
        let fixed = |name: &str| !entry.is_some_and(|kind| kind.updatable.contains(name));
        let own = self.attributes.iter();
        let own = own.filter(|(name, value)| fixed(name) && !reference::is_one(value));
        own.map(|(name, value)| (&**name, value)).collect()
    }
}

impl Wanted {
    /// sha-256 of what the plan ranks first for it, in hex: of where and on what it is to be, not of
    /// what can be changed while it exists.
    #[must_use]
    pub fn choice(&self, manifests: &Manifests<'_>) -> String {
        let first = self.ways.first();
        let first = first.map(|way| (&way.provider, &way.scope, way.place(&self.kind, manifests)));
        sha256_hex(serde_json::to_string(&first).unwrap_or_default().as_bytes())
    }

    /// Addresses of all objects that one of its ways refers to.
    pub(super) fn may_need(&self) -> BTreeSet<String> {
        self.ways.iter().flat_map(Way::needs).collect()
    }
}

/// Objects in an order in which each comes after all that it refers to; by address among equals, so
/// that the order in which they are given doesn't matter.
pub(super) fn ordered(wanted: &[Wanted]) -> Vec<&Wanted> {
    let by_address: BTreeMap<&str, &Wanted> = wanted
        .iter()
        .map(|object| (&*object.address, object))
        .collect();
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    for object in by_address.values() {
        depth(object, &by_address, &mut depths, 0);
    }
    let mut ordered: Vec<&Wanted> = by_address.into_values().collect();
    ordered.sort_by_key(|object| {
        let depth = depths.get(&*object.address).copied().unwrap_or(0);
        (depth, natural(&object.address))
    });
    ordered
}

/// How many objects must be there before it, one after another. References go from nodes to templates
/// to groups; what is deeper than that, or goes in a circle, is no plan of ours and is cut off.
fn depth<'w>(
    object: &'w Wanted,
    all: &BTreeMap<&'w str, &'w Wanted>,
    depths: &mut BTreeMap<&'w str, usize>,
    above: usize,
) -> usize {
    const DEEPEST: usize = 16;
    if let Some(known) = depths.get(&*object.address) {
        return *known;
    }
    if above >= DEEPEST {
        return 0;
    }
    let needs = object.may_need();
    let below = needs.iter().filter_map(|address| all.get(&**address));
    let below: Vec<&Wanted> = below.copied().collect();
    let deepest = below
        .into_iter()
        .map(|other| depth(other, all, depths, above + 1) + 1);
    let deepest = deepest.max().unwrap_or(0);
    depths.insert(&object.address, deepest);
    deepest
}

/// An address so that `nodes[2]` comes before `nodes[10]`.
pub(super) fn natural(address: &str) -> (&str, u64, &str) {
    let split = address.split_once('[');
    let Some((head, number)) = split else {
        return (address, 0, "");
    };
    let (number, tail) = number.split_once(']').unwrap_or((number, ""));
    (head, number.parse().unwrap_or(u64::MAX), tail)
}
