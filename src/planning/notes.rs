//! What a plan says beside its figures: what isn't priced, what isn't taken into account, and what
//! a reviewer should know of a choice.

use std::collections::BTreeSet;

use super::candidate::Candidate;
use super::candidates::StageCandidates;
use super::plan::PlannedStage;
use super::sizing::MONTH;
use crate::catalog::Catalog;
use crate::model::{
    CapacityType, CostBasis, Demand, GpuChoice, Project, QuotaScope, Stage, StageKind, TrafficShape,
};

/// Costs that exist and that the bill leaves out, by name.
pub(super) fn not_priced(project: &Project, stages: &[PlannedStage]) -> Vec<String> {
    let mut names = Vec::new();
    if !stages.is_empty() {
        names.push("boot disks".to_owned());
    }
    if stages.iter().any(|s| s.kind == StageKind::Serving) {
        names.push("load balancers and traffic to users".into());
    }
    if stages
        .iter()
        .any(|s| s.placement.capacity_type != CapacityType::Reserved)
    {
        names.push("NAT gateways, public addresses, Kubernetes control planes".into());
    }
    let kept = stages
        .iter()
        .filter(|s| s.storage.iter().any(|o| o.rate.is_none()));
    let unpriced: BTreeSet<String> = kept.map(|s| s.placement.location.to_string()).collect();
    for place in unpriced {
        names.push(format!(
            "outputs kept at {place} (its owner names no price)"
        ));
    }
    if !project.datasets.is_empty() {
        names.push("storage of the datasets themselves".into());
    }
    names
}

/// What the spec says and this version doesn't count yet.
pub(super) fn not_considered(project: &Project, stages: &[PlannedStage]) -> Vec<String> {
    let mut notes = Vec::new();
    let spot = stages
        .iter()
        .any(|s| s.placement.capacity_type == CapacityType::Spot);
    if spot {
        notes.push("interruptions of spot nodes: lost work, restarts and checkpoints".to_owned());
    }
    let shaped = project.stages.values().any(|s| {
        matches!(&s.demand, Demand::AlwaysOn { traffic: Some(t), .. } if !matches!(t.hourly, TrafficShape::Flat))
    });
    if shaped {
        notes.push("the hourly shape of traffic: services are priced at their peak".into());
    }
    let latency = project.stages.values().any(|s| {
        matches!(&s.demand, Demand::AlwaysOn { traffic: Some(t), .. } if t.p95_latency.is_some())
    });
    if latency {
        notes.push("`p95_latency`: throughput alone decides the number of replicas".into());
    }
    if project.stages.values().any(|s| s.model.is_some()) {
        notes.push("whether a model fits the memory of its GPU".into());
    }
    if stages.iter().any(|s| !s.movements.is_empty()) {
        notes.push("waiting for data, and traffic between zones of a region".into());
    }
    if project
        .quotas
        .values()
        .any(|q| q.scope != QuotaScope::Project)
    {
        notes.push("what other projects use of quotas of the team or the account".into());
    }
    if project
        .clusters
        .values()
        .flat_map(|c| c.node_pools.values())
        .any(|p| p.cost_basis == CostBasis::Sunk)
    {
        notes.push("that sunk costs are paid already: they count like any other".into());
    }
    let later = |stage: &Stage| stage.prevent_destroy || stage.max_lifetime.is_some();
    if project.state.is_some() || project.stages.values().any(later) {
        notes.push("`state`, `prevent_destroy`, `max_lifetime`: nothing is created yet".into());
    }
    if project.stages.len() > 1 && shares_pool(stages) {
        notes
            .push("the hours of the day: stages on one owned pool are taken to run at once".into());
    }
    notes
}

fn shares_pool(stages: &[PlannedStage]) -> bool {
    let owned = stages
        .iter()
        .filter(|s| s.placement.capacity_type == CapacityType::Reserved);
    let mut pools: Vec<&str> = owned.map(|s| s.placement.instance_type.as_str()).collect();
    let all = pools.len();
    pools.sort_unstable();
    pools.dedup();
    pools.len() < all
}

/// What a reviewer should know of the choice for one stage.
pub(super) fn of_stage(
    stage: &Stage,
    candidate: &Candidate<'_>,
    found: &StageCandidates<'_>,
    catalog: &Catalog,
) -> Vec<String> {
    let mut notes = Vec::new();
    if found.escalated
        && let Some(gpu) = &stage.requirements.gpu
        && let GpuChoice::Prefer { preferred, .. } = &gpu.value.choice
    {
        let names = preferred.value.join(", ");
        notes.push(format!(
            "no offering with the preferred {names} meets every requirement: taken from the others"
        ));
    }
    if let Some(from) = &candidate.sizing.estimated_from {
        let gpu = candidate
            .gpu
            .map(|g| catalog.gpu(g.gpu).name.as_str())
            .unwrap_or_default();
        let what = if candidate.sizing.duration == MONTH {
            "throughput"
        } else {
            "duration"
        };
        notes.push(format!(
            "{what} on {gpu} is estimated from what was measured on {from}, by published \
             tensor throughput and memory bandwidth"
        ));
    }
    if candidate.sizing.tight {
        notes.push("at the peak, replicas run above 70 % of their measured throughput".into());
    }
    notes
}
