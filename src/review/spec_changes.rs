//! What two specs say differently, and which of that a stage depends on.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::SpecChange;
use crate::model::{Location, Project, Source, StageKind};
use crate::planning::plan::{Plan, PlannedStage};

/// What two specs say differently: block by block, down to single values and lists.
pub(super) fn between(base: &Project, head: &Project) -> Vec<SpecChange> {
    let (before, after) = (base.blocks(), head.blocks());
    let mut changes = Vec::new();
    for address in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let values = (before.get(address), after.get(address));
        walk(address, "", values, &mut changes);
    }
    changes
}

/// The same where only digests of the blocks are at hand: they stand for the values.
pub(super) fn between_digests(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<SpecChange> {
    let digest = |digest: Option<&String>| digest.map(|d| Value::from(format!("sha256:{d}")));
    let addresses: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = addresses
        .into_iter()
        .filter(|address| before.get(*address) != after.get(*address));
    let change = |address: &String| SpecChange {
        address: address.clone(),
        path: String::new(),
        before: digest(before.get(address)),
        after: digest(after.get(address)),
    };
    changed.map(change).collect()
}

fn walk(
    address: &str,
    path: &str,
    values: (Option<&Value>, Option<&Value>),
    changes: &mut Vec<SpecChange>,
) {
    if let (Some(Value::Object(before)), Some(Value::Object(after))) = values {
        for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            walk(address, &path, (before.get(key), after.get(key)), changes);
        }
        return;
    }
    let there = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    let (before, after) = (there(values.0), there(values.1));
    if before != after {
        changes.push(SpecChange {
            address: address.to_owned(),
            path: path.to_owned(),
            before,
            after,
        });
    }
}

/// Part of a spec that a stage depends on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    address: String,
    /// Only this of the block, and what is inside of it; all of it when empty.
    path: String,
}

impl Part {
    fn whole(address: String) -> Self {
        let path = String::new();
        Self { address, path }
    }

    fn holds(&self, change: &SpecChange) -> bool {
        let inside = || {
            let rest = change.path.strip_prefix(&self.path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let anywhere = self.path.is_empty() || change.path.is_empty();
        change.address == self.address && (anywhere || inside())
    }
}

/// The addresses of the changes that a stage depends on.
pub(super) fn touching(parts: &BTreeSet<Part>, changes: &[SpecChange]) -> Vec<String> {
    let touching = changes
        .iter()
        .filter(|change| parts.iter().any(|part| part.holds(change)));
    addresses(touching)
}

/// The addresses of all changes that can make a choice another.
pub(super) fn of_weight(changes: &[SpecChange]) -> Vec<String> {
    // Names, labels, outputs, rules and the place of the state decide nothing.
    let weighs = |change: &&SpecChange| match change.address.as_str() {
        "project" => change.path.is_empty() || change.path == "deadline",
        "state" => false,
        address => !address.starts_with("output.") && !address.starts_with("policy."),
    };
    addresses(changes.iter().filter(weighs))
}

fn addresses<'c>(changes: impl Iterator<Item = &'c SpecChange>) -> Vec<String> {
    let unique: BTreeSet<&String> = changes.map(|change| &change.address).collect();
    unique.into_iter().cloned().collect()
}

/// What a stage depends on by what its spec says: itself, the data that it reads, its model, and rules
/// that name it.
pub(super) fn named_by(project: &Project, name: &str) -> BTreeSet<Part> {
    let mut parts = BTreeSet::from([Part::whole(format!("stage.{name}"))]);
    let Some(stage) = project.stages.get(name) else {
        return parts;
    };
    parts.extend(stage.reads.values().map(|read| match &read.source {
        Source::Dataset(dataset) => Part::whole(format!("dataset.{dataset}")),
        Source::Output { stage, output } => Part {
            address: format!("stage.{stage}"),
            path: format!("outputs.{output}"),
        },
    }));
    if let Some(model) = &stage.model {
        parts.insert(Part::whole(format!("model.{}", model.value)));
    }
    let named = |stages: &[String]| stages.iter().any(|stage| stage == name);
    let together = project.affinities.iter();
    let together = together.filter(|(_, rule)| named(&rule.stages.value));
    parts.extend(together.map(|(rule, _)| Part::whole(format!("affinity.{rule}"))));
    let apart = project.anti_affinities.iter();
    let apart = apart.filter(|(_, rule)| named(&rule.stages.value));
    parts.extend(apart.map(|(rule, _)| Part::whole(format!("anti_affinity.{rule}"))));
    parts
}

/// What a stage depends on by where it is: its cluster, or its cloud's settings and commitments.
pub(super) fn placed_by(stage: &PlannedStage, project: Option<&Project>) -> BTreeSet<Part> {
    let provider = &stage.placement.location.provider;
    if provider == Location::ONPREM {
        let cluster = stage.placement.instance_type.split('/').next();
        let cluster = cluster.unwrap_or_default();
        return BTreeSet::from([Part::whole(format!("cluster.{cluster}"))]);
    }
    let mut parts = BTreeSet::from([Part::whole(format!("provider.{provider}"))]);
    let commitments = project.into_iter().flat_map(|p| &p.commitments);
    let of_provider = commitments.filter(|(_, c)| c.provider.as_str() == provider);
    parts.extend(of_provider.map(|(name, _)| Part::whole(format!("commitment.{name}"))));
    parts
}

/// What a stage depends on as far as plans alone tell: itself, what its bill names, and models, of
/// which a plan doesn't say whose they are.
pub(super) fn billed_by(
    name: &str,
    sides: [(&Plan, &PlannedStage); 2],
    changes: &[SpecChange],
) -> BTreeSet<Part> {
    let mut parts = BTreeSet::from([Part::whole(format!("stage.{name}"))]);
    for (_, stage) in sides {
        for movement in &stage.movements {
            match movement.source.split_once(".output.") {
                None => drop(parts.insert(Part::whole(movement.source.clone()))),
                Some((producer, output)) if kept_otherwise(producer, output, sides) => {
                    parts.insert(Part::whole(producer.to_owned()));
                }
                Some(_) => {}
            }
        }
        if stage.kind != StageKind::DataProcessing {
            let models = changes.iter().map(|change| &change.address);
            let models = models.filter(|address| address.starts_with("model."));
            parts.extend(models.cloned().map(Part::whole));
        }
    }
    parts
}

/// Whether an output is of another size or kept in other numbers.
fn kept_otherwise(producer: &str, output: &str, sides: [(&Plan, &PlannedStage); 2]) -> bool {
    let [before, after] = sides.map(|(plan, _)| {
        let mut stages = plan.stages.iter();
        let producer = stages.find(|s| producer.strip_prefix("stage.") == Some(&*s.name))?;
        let mut storage = producer.storage.iter();
        let stored = storage.find(|stored| stored.output == output)?;
        Some((stored.size, stored.copies))
    });
    before != after
}
