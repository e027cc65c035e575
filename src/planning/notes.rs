//! What a plan says beside its figures: what isn't priced, what isn't taken into account, and what
//! a reviewer should know of a choice.

use std::collections::BTreeSet;

use super::candidate::{Candidate, Offered};
use super::candidates::StageCandidates;
use super::gpu_fit::Fitting;
use super::plan::PlannedStage;
use crate::catalog::{Catalog, Gpu};
use crate::model::{
    CapacityType, CostBasis, Demand, GpuChoice, Project, QuotaScope, Stage, StageKind, Written,
};
use crate::units::Millionths;

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
pub(super) fn not_considered(project: &Project) -> Vec<String> {
    let mut notes = Vec::new();
    if project.stages.values().any(latency_unknown) {
        notes.push(
            "`p95_latency` of services that answer in batches or name no throughput".to_owned(),
        );
    }
    let gpus = project
        .stages
        .values()
        .filter(|s| s.requirements.gpu.is_some());
    let unjudged: Vec<&str> = gpus
        .filter(|stage| Fitting::of(stage, project).is_none())
        .map(|stage| stage.name.as_str())
        .collect();
    if !unjudged.is_empty() {
        notes.push(format!(
            "whether the GPUs of {} are large enough: the spec names no model, or not how it is used",
            unjudged.join(", ")
        ));
    }
    if project
        .quotas
        .values()
        .any(|q| q.scope != QuotaScope::Project)
    {
        notes.push("what other projects use of quotas of the team or the account".into());
    }
    notes
}

/// Whether a service has a latency target that queueing theory can't be asked about.
fn latency_unknown(stage: &Stage) -> bool {
    let Demand::AlwaysOn { traffic, replicas } = &stage.demand else {
        return false;
    };
    let target = traffic.as_ref().is_some_and(|t| t.p95_latency.is_some());
    let batched = stage.serving.as_ref().is_some_and(|s| s.max_batch > 1);
    target && (batched || replicas.throughput.is_none())
}

/// What a reviewer should know of the choice for one stage.
pub(super) fn of_stage(
    stage: &Stage,
    candidate: &Candidate<'_>,
    found: &StageCandidates<'_>,
    project: &Project,
    catalog: &Catalog,
) -> Vec<String> {
    let mut notes = Vec::new();
    if found.escalated
        && let Some(gpu) = &stage.requirements.gpu
        && let GpuChoice::Prefer { preferred, .. } = &gpu.value.choice
    {
        let names = preferred.value.join(", ");
        notes.push(if too_small(preferred, stage, project, catalog) {
            format!("the preferred {names} can't hold the model: taken from the others")
        } else {
            format!("no offering with the preferred {names} meets every requirement: taken from the others")
        });
    }
    if let Some(from) = &candidate.sizing.estimated_from {
        let gpu = candidate.gpu.map_or_else(String::new, |g| {
            let name = &catalog.gpu(g.gpu).name;
            match Millionths::new(u64::from(g.share_milli()) * 1000) {
                Millionths::ONE => name.clone(),
                share => format!("{share} × {name}"),
            }
        });
        let what = if candidate.sizing.by_hour.is_some() {
            "throughput"
        } else {
            "duration"
        };
        notes.push(format!(
            "{what} on {gpu} is estimated from what was measured on {from}, by published \
             tensor throughput and memory bandwidth"
        ));
    }
    if let Some(answers) = &candidate.sizing.answers {
        notes.push(format!(
            "at the busiest hour {} % of requests wait, {} on average over all, and 95 % are \
             answered within {}",
            answers.waiting_percent, answers.mean_wait, answers.p95
        ));
    }
    if sunk(candidate, project) {
        notes.push("its nodes are paid already, so they count nothing here".into());
    }
    if candidate.sizing.tight {
        notes.push("at the peak, replicas run above 70 % of their measured throughput".into());
    }
    notes
}

/// Whether all of the preferred GPUs are too small for the stage's model.
fn too_small(
    preferred: &Written<Vec<String>>,
    stage: &Stage,
    project: &Project,
    catalog: &Catalog,
) -> bool {
    let Some(fitting) = Fitting::of(stage, project) else {
        return false;
    };
    let refused = fitting.refused(stage, catalog);
    let asked = |gpu: &&Gpu| preferred.value.iter().any(|name| gpu.answers_to(name));
    let mut asked = catalog.gpus().map(|(_, gpu)| gpu).filter(asked);
    asked.all(|gpu| refused.iter().any(|refused| refused.gpu == gpu.name))
}

fn sunk(candidate: &Candidate<'_>, project: &Project) -> bool {
    let Offered::Owned { cluster, pool } = candidate.offered else {
        return false;
    };
    let settings = project
        .clusters
        .get(cluster)
        .and_then(|c| c.node_pools.get(pool));
    settings.is_some_and(|pool| pool.cost_basis == CostBasis::Sunk)
}
