//! What is paid once when a change is applied. All of it is estimated.

use super::bill::same_offering;
use super::document::{OneOff, OneOffCost, OneOffKind};
use crate::model::{Demand, Project};
use crate::planning::plan::{PlannedStage, Stored};
use crate::planning::rates::Rates;
use crate::units::{Bytes, Money, Quantity};

/// What is known of the rates and of the spec after the change.
pub(super) struct Newer<'a> {
    pub(super) project: &'a Project,
    pub(super) rates: &'a Rates<'a>,
}

/// What it costs once to get a stage from one plan to the other; `None` for `newer` where only a
/// plan is at hand.
pub(super) fn of_stage(
    base: &PlannedStage,
    head: &PlannedStage,
    newer: Option<&Newer<'_>>,
) -> Vec<OneOff> {
    let mut all = moved(base, head, newer);
    all.extend(overlap(base, head, newer));
    all
}

/// Outputs that are kept before and after the change, and not at the same place.
fn moved(base: &PlannedStage, head: &PlannedStage, newer: Option<&Newer<'_>>) -> Vec<OneOff> {
    let (from, to) = (&base.placement, &head.placement);
    if from.location == to.location {
        // Disks of another zone of the same region aren't told apart here: few keep outputs there.
        return Vec::new();
    }
    let kept_on = |stored: &&Stored| head.storage.iter().any(|s| s.output == stored.output);
    let moved = |stored: &Stored| {
        let amount = kept(stored);
        let rate = newer.map(|newer| {
            let rate = newer.rates.relocation(&base.name, &stored.output, from, to);
            rate.ok_or("nobody says what moving data between these places costs")
        });
        let rate = rate.unwrap_or(Err("a plan file holds no rates between places"));
        OneOff {
            stage: base.name.clone(),
            kind: OneOffKind::MoveData {
                output: stored.output.clone(),
                from: from.location.clone(),
                to: to.location.clone(),
                amount,
            },
            cost: match rate {
                Ok(rate) => OneOffCost::About {
                    usd: Money::charge(rate.usd, Quantity::gigabytes(amount)),
                },
                Err(why) => OneOffCost::Unknown { why: why.into() },
            },
        }
    };
    base.storage.iter().filter(kept_on).map(moved).collect()
}

/// All copies of an output together.
fn kept(stored: &Stored) -> Bytes {
    let bytes = u128::from(stored.size.get()) * u128::from(stored.copies.get()) / 1_000_000;
    Bytes::new(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// The new nodes of a service start while the old ones still answer.
fn overlap(base: &PlannedStage, head: &PlannedStage, newer: Option<&Newer<'_>>) -> Option<OneOff> {
    let own = |stage: &PlannedStage| stage.nodes_of.as_ref().is_none_or(|of| *of == stage.name);
    let service = base.placement.replicas.is_some() && head.placement.replicas.is_some();
    let replaced = !same_offering(&base.placement, &head.placement);
    if !service || !replaced || !own(base) || !own(head) {
        return None;
    }
    let nodes = head.placement.nodes;
    let cost = match newer {
        None => OneOffCost::Unknown {
            why: "a plan file doesn't say whether old nodes go first".into(),
        },
        Some(newer) => {
            let stage = newer.project.stages.get(&head.name)?;
            if stage.delete_first || matches!(stage.demand, Demand::Runs(_)) {
                return None;
            }
            let hours = u128::from(head.usage.startup.millis()) * u128::from(nodes);
            OneOffCost::About {
                usd: Money::charge(head.rate.usd, Quantity::node_hours(hours)),
            }
        }
    };
    Some(OneOff {
        stage: head.name.clone(),
        kind: OneOffKind::Overlap { nodes },
        cost,
    })
}
