//! The cheapest mix of machines that answers a service's peak where it stands.
//!
//! A plan gives a service one machine type. Where machines answer at different rates, several types
//! together may leave less capacity idle at the peak; what that would save is told, not planned.

use serde::Serialize;

use super::{Explainer, NamedOffering};
use crate::model::{Demand, Throughput};
use crate::planning::audit::Audited;
use crate::planning::mix::{self, Bucket, NodeType};
use crate::planning::{service, sizing};
use crate::units::{Millionths, Rate};

/// Most machine types that are mixed: the cheapest for what they answer. A mix of more than two or
/// three types is rare, and one of twenty would be run by nobody.
const MOST_TYPES: usize = 20;

/// The cheapest mix of machines for a service's peak.
#[derive(Debug, Clone, Serialize)]
pub struct Mixture {
    /// Requests per second at the peak.
    pub peak_rps: Millionths,
    /// Machines and how many of each.
    pub nodes: Vec<MixedNodes>,
    /// USD per hour of all of them at the peak.
    pub hour: Rate,
    /// USD per hour of what is planned, at the peak.
    pub planned_hour: Rate,
    /// Whether no mix costs less.
    pub proven: bool,
}

/// Nodes of one type in a mix.
#[derive(Debug, Clone, Serialize)]
pub struct MixedNodes {
    /// What it is.
    pub offering: NamedOffering,
    /// How many.
    pub nodes: u32,
}

/// A machine that may be part of a mix.
struct Part<'e> {
    audited: Audited<'e>,
    /// USD per node-hour.
    rate: Rate,
    /// Millionths of requests per second that a node answers.
    rps: u64,
    /// Most nodes there are.
    most: u32,
}

impl<'e> Explainer<'e, '_> {
    /// The cheapest mix at the service's site; `None` where throughput isn't told by GPU.
    pub(super) fn mixture(&self) -> Option<Mixture> {
        let stage = self.planner.order[self.index];
        let Demand::AlwaysOn { traffic, replicas } = &stage.demand else {
            return None;
        };
        if self.now().shared_with.is_some() {
            return None;
        }
        let peak = traffic.as_ref()?.peak_rps.value;
        if !matches!(replicas.throughput, Some(Throughput::PerGpu(_))) {
            return None;
        }
        let parts = self.parts();
        let types: Option<Vec<NodeType>> = parts.iter().map(Part::node_type).collect();
        let bucket = Bucket {
            rate: per_second(peak.get()),
            throughput: parts
                .iter()
                .map(|part| Some(per_second(part.rps)))
                .collect(),
        };
        #[expect(clippy::cast_precision_loss, reason = "two small constants")]
        let utilisation = service::HEADROOM.0 as f64 / service::HEADROOM.1 as f64;
        let mix = mix::cheapest(&types?, &[bucket], utilisation).ok()?;
        let used = parts
            .iter()
            .zip(&mix.nodes)
            .filter(|(_, nodes)| **nodes > 0);
        let now = self.now();
        Some(Mixture {
            peak_rps: peak,
            nodes: used
                .map(|(part, nodes)| MixedNodes {
                    offering: self.named(&part.audited),
                    nodes: *nodes,
                })
                .collect(),
            hour: hourly(
                parts
                    .iter()
                    .map(|part| part.rate)
                    .zip(mix.nodes.iter().copied()),
            )?,
            planned_hour: hourly([(now.rate.rate(), now.sizing.nodes)])?,
            proven: mix.bound == mix.cost,
        })
    }

    /// Machines at the service's site that meet every requirement, one replica or more to a node:
    /// the cheapest for what they answer, without those that another of them makes superfluous.
    fn parts(&self) -> Vec<Part<'e>> {
        let stage = self.planner.order[self.index];
        let (site, catalog) = (self.now().locus.site, self.planner.catalog);
        let capacity = self.now().capacity;
        let mut all: Vec<Part<'e>> = Vec::new();
        self.audit(&mut |audited| {
            let here = audited.site == site && audited.capacity == capacity;
            if !here || !audited.fails.is_empty() {
                return;
            }
            let Demand::AlwaysOn { replicas, .. } = &stage.demand else {
                return;
            };
            let shape = &audited.shape;
            let rps = service::throughput(replicas, shape, catalog);
            let (Ok((Some(rps), _)), Some(rate)) = (rps, audited.rate) else {
                return;
            };
            if sizing::unit_nodes(stage, shape).nodes > 1 {
                return;
            }
            let copies = sizing::replicas_per_node(stage, shape);
            all.push(Part {
                audited: audited.clone(),
                rate,
                rps: rps.saturating_mul(copies.into()),
                most: self.nodes_of(audited),
            });
        });
        let key = |part: &Part<'_>| (part.rate, std::cmp::Reverse(part.rps));
        all.sort_by(|a, b| (key(a), a.audited.order()).cmp(&(key(b), b.audited.order())));
        let mut kept: Vec<Part<'e>> = Vec::new();
        for part in all {
            let beaten = kept
                .iter()
                .any(|k| k.rps >= part.rps && k.most >= part.most);
            if !beaten && kept.len() < MOST_TYPES {
                kept.push(part);
            }
        }
        kept
    }
}

impl Part<'_> {
    /// As the solver counts; `None` where a rate is finer than a micro-USD, which would be rounded.
    fn node_type(&self) -> Option<NodeType> {
        const PICO_PER_MICRO: u64 = 1_000_000;
        let pico = self.rate.pico_usd();
        pico.is_multiple_of(PICO_PER_MICRO).then_some(NodeType {
            cost: pico / PICO_PER_MICRO,
            most: self.most,
        })
    }
}

/// What so many nodes at these rates cost together.
fn hourly(nodes: impl IntoIterator<Item = (Rate, u32)>) -> Option<Rate> {
    nodes
        .into_iter()
        .try_fold(Rate::ZERO, |all, (rate, nodes)| {
            all.checked_add(rate.checked_ratio(nodes.into(), 1)?)
        })
}

/// Millionths of requests per second as a number.
#[expect(clippy::cast_precision_loss, reason = "far from 2⁵³ millionths")]
fn per_second(millionths: u64) -> f64 {
    millionths as f64 / 1e6
}
