//! Which catalogs aren't the same on both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::document::CatalogChange;
use crate::planning::plan::{CatalogInput, Plan};

/// The catalogs of two plans that differ, by name.
pub(super) fn between(base: &Plan, head: &Plan) -> Vec<CatalogChange> {
    let (before, after) = (inputs(base), inputs(head));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let changed = names
        .into_iter()
        .filter(|name| digest(&before, name) != digest(&after, name));
    let change = |name: &str| CatalogChange {
        name: name.to_owned(),
        before: before.get(name).map(|catalog| catalog.as_of),
        after: after.get(name).map(|catalog| catalog.as_of),
    };
    changed.map(change).collect()
}

fn inputs(plan: &Plan) -> BTreeMap<&str, &CatalogInput> {
    let catalogs = plan.inputs.catalogs.iter();
    catalogs.map(|catalog| (&*catalog.name, catalog)).collect()
}

fn digest<'p>(catalogs: &BTreeMap<&str, &'p CatalogInput>, name: &str) -> Option<&'p str> {
    catalogs.get(name).map(|catalog| &*catalog.sha256)
}
