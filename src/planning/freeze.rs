//! Turns a choice into the frozen plan: placements, bills, funnels, budgets.

use std::collections::BTreeMap;

use serde_json::Value;

use super::candidate::{Candidate, Offered};
use super::candidates::StageCandidates;
use super::gpu_fit::{Fitting, PlannedFit};
use super::plan::{
    BudgetStatus, BudgetUse, CatalogInput, Cited, Costs, Funnel, FunnelStep, Movement, NodeUsage,
    Placement, Plan, PlanInputs, PlannedOutput, PlannedStage, ProjectSummary, Proof, ScalingCosts,
    Stored, Waiting,
};
use super::pool_search::PoolCandidates;
use super::pooling::Decided;
use super::sizing::sum;
use super::step::Step;
use super::{Options, Planner, bill, funnel, graph, notes};
use crate::catalog::GpuCount;
use crate::catalog::text::sha256_hex;
use crate::model::{Budget, Demand, OnExceed, Output, Project, Read, Source, Stage};
use crate::units::{Duration, Millionths, Money};

/// What was chosen: one candidate for each stage, and how good that is.
#[derive(Clone)]
pub(super) struct Chosen<'c, 'a> {
    pub(super) candidates: Vec<&'c Candidate<'a>>,
    pub(super) proof: Proof,
    /// Whether budgets that deny were left out, since no choice keeps them.
    pub(super) exceeds: bool,
    /// The stages of each shared pool, and what they could choose from.
    pub(super) pools: Vec<(Vec<usize>, &'c PoolCandidates<'a>)>,
}

impl<'a> Planner<'a> {
    pub(super) fn freeze(
        &self,
        found: &[StageCandidates<'a>],
        decided: &Decided<'_, 'a>,
        options: &Options<'_>,
    ) -> Plan {
        let chosen = &decided.chosen;
        let candidates = &chosen.candidates;
        let credits = self.commitments.credits(candidates);
        let deadline = options.deadline(self.project);
        let stages: Vec<PlannedStage> = (0..self.order.len())
            .map(|i| self.planned_stage(i, &found[i], chosen, credits[i], deadline))
            .collect();
        Plan {
            project: summary(self.project),
            inputs: inputs(self.project, self.catalog, options),
            budgets: budget_uses(self.project, &stages),
            not_priced: notes::not_priced(self.project, &stages),
            not_considered: notes::not_considered(self.project),
            outputs: outputs(self.project),
            costs: stages.iter().map(|stage| stage.costs).sum(),
            proof: chosen.proof,
            pass: self.pass().longest(candidates).0,
            each_alone: self.each_alone(found, candidates, deadline),
            commitments: self.commitments.used(candidates),
            sharing: decided.sharing.clone(),
            stages,
        }
    }

    fn planned_stage(
        &self,
        index: usize,
        found: &StageCandidates<'a>,
        chosen: &Chosen<'_, 'a>,
        covered: Money,
        deadline: Option<Duration>,
    ) -> PlannedStage {
        let (stage, candidate) = (self.order[index], chosen.candidates[index]);
        let movements = self.movements(index, &chosen.candidates);
        let storage = bill::stored(stage, &self.sites, candidate.locus.site, self.catalog);
        let costs = Costs {
            compute: candidate.compute,
            waiting: movements.iter().map(|m| m.wait_cost).sum(),
            movement: movements.iter().map(|m| m.cost).sum(),
            storage: storage.iter().map(|s| s.cost).sum(),
            covered,
            estimated: candidate.estimated() || estimated(&movements, &storage),
            ..Costs::default()
        };
        PlannedStage {
            name: stage.name.clone(),
            kind: stage.kind,
            placement: self.placement(candidate),
            nodes_of: candidate.shared_with.map(|s| self.order[s].name.clone()),
            usage: usage(candidate, &movements),
            rate: bill::cite(candidate.rate, self.catalog),
            fit: self.fit(stage, candidate),
            interruptions: self.interruptions(stage, candidate),
            scaling: scaling_costs(stage, candidate),
            fallbacks: self.fallbacks(index, found, chosen, deadline),
            costs: costs.totalled(),
            movements,
            storage,
            funnel: funnel_of(stage, found),
            notes: notes::of_stage(stage, candidate, found, self.project, self.catalog),
        }
    }

    /// Whether the stage's model fits the GPUs that were chosen.
    fn fit(&self, stage: &Stage, candidate: &Candidate<'_>) -> Option<PlannedFit> {
        let fitting = Fitting::of(stage, self.project)?;
        fitting.planned(candidate.gpu?, stage, self.catalog)
    }

    fn movements(&self, index: usize, chosen: &[&Candidate<'a>]) -> Vec<Movement> {
        let (stage, to) = (self.order[index], chosen[index]);
        let line = |(name, read): (&'a String, &'a Read)| {
            let waiting_hour = graph::waits(stage, read).then_some(to.waiting_hour);
            let of = match &read.source {
                Source::Dataset(dataset) => {
                    let settings = &self.project.datasets[dataset];
                    let (amount, times) = graph::dataset_read(stage, read, settings.size);
                    bill::MovementOf {
                        name,
                        source: format!("dataset.{dataset}"),
                        amount,
                        times,
                        scope: bill::scope_of(settings),
                        from: bill::dataset_locus(settings, &self.sites)?,
                        waiting_hour,
                    }
                }
                Source::Output {
                    stage: producer,
                    output,
                } => {
                    let mut reads = self.reads.iter();
                    let read = reads.find(|r| r.to == index && r.name == name)?;
                    bill::MovementOf {
                        name,
                        source: format!("stage.{producer}.output.{output}"),
                        amount: read.amount,
                        times: read.times,
                        scope: read.scope,
                        from: chosen[read.from].locus,
                        waiting_hour,
                    }
                }
            };
            of.line(to.locus, &self.sites, self.catalog)
        };
        stage.reads.iter().filter_map(line).collect()
    }

    pub(super) fn placement(&self, candidate: &Candidate<'_>) -> Placement {
        let (zone, instance_type) = match candidate.offered {
            Offered::Cloud {
                place,
                instance_type,
            } => {
                let place = self.catalog.place(place);
                (
                    place.zone.clone(),
                    self.catalog.instance_type(instance_type).name.clone(),
                )
            }
            Offered::Owned { cluster, pool } => (None, format!("{cluster}/{pool}")),
        };
        let gpus = |g: GpuCount| Millionths::new(u64::from(g.milli) * 1000);
        Placement {
            location: self.sites.location(candidate.locus.site),
            zone,
            instance_type,
            capacity_type: candidate.capacity,
            nodes: candidate.sizing.nodes,
            replicas: candidate.sizing.replicas,
            gpu: candidate.gpu.map(|g| self.catalog.gpu(g.gpu).name.clone()),
            gpus_per_node: candidate.gpu.map(gpus),
        }
    }
}

/// The identity of all that a plan is made from.
#[must_use]
pub fn inputs(
    project: &Project,
    catalog: &crate::catalog::Catalog,
    options: &Options<'_>,
) -> PlanInputs {
    let catalogs = catalog.infos().iter().map(|info| CatalogInput {
        name: info.name.clone(),
        as_of: info.as_of,
        sha256: info.sha256.clone(),
    });
    let blocks = project.blocks().into_iter();
    let digest = |block: Value| sha256_hex(block.to_string().as_bytes());
    PlanInputs {
        spec_sha256: sha256_hex(project.canonical_json().as_bytes()),
        blocks: blocks
            .map(|(address, block)| (address, digest(block)))
            .collect(),
        catalogs: catalogs.collect(),
        objective: options.objective.as_str().into(),
    }
}

/// Whether an estimated rate or wait is part of what data costs.
fn estimated(movements: &[Movement], storage: &[Stored]) -> bool {
    let moved = |m: &Movement| m.rate.basis == Cited::Estimated && m.cost > Money::ZERO;
    let waited = |m: &Movement| {
        matches!(
            m.wait,
            Some(Waiting::For {
                estimated: true,
                ..
            })
        ) && m.wait_cost > Money::ZERO
    };
    let kept = |s: &Stored| {
        let basis = s.rate.as_ref().map(|rate| rate.basis);
        basis == Some(Cited::Estimated) && s.cost > Money::ZERO
    };
    movements.iter().any(|m| moved(m) || waited(m)) || storage.iter().any(kept)
}

fn usage(candidate: &Candidate<'_>, movements: &[Movement]) -> NodeUsage {
    let sizing = &candidate.sizing;
    let waits = movements.iter().filter_map(|m| match m.wait {
        Some(Waiting::For { time, .. }) => Some(time),
        Some(Waiting::Unknown) | None => None,
    });
    NodeUsage {
        startup: sizing.startup,
        work: sizing.work,
        duration: sizing.duration,
        waiting: waits.fold(Duration::ZERO, sum),
        runs_per_month: sizing.runs,
        node_hours: sizing.node_hours().millionths(),
        nodes_by_hour: sizing.by_hour,
        estimated_from: sizing.estimated_from.clone(),
    }
}

/// What a service would cost if it stood at its peak all day, and if it were taken down whenever
/// nobody asks anything of it.
fn scaling_costs(stage: &Stage, candidate: &Candidate<'_>) -> Option<ScalingCosts> {
    let (Some(by_hour), Demand::AlwaysOn { traffic, .. }) =
        (candidate.sizing.by_hour, &stage.demand)
    else {
        return None;
    };
    let sum: u64 = by_hour.iter().map(|nodes| u64::from(*nodes)).sum();
    let needed = candidate.sizing.needed_by_hour?;
    if traffic.is_none() || candidate.shared_with.is_some() {
        return None;
    }
    let needed: u64 = needed.iter().map(|nodes| u64::from(*nodes)).sum();
    let at_peak = u64::from(candidate.sizing.nodes) * 24;
    Some(ScalingCosts {
        always_at_peak: candidate.compute.portion(at_peak.into(), sum.into()),
        scaled_to_zero: candidate.compute.portion(needed.into(), sum.into()),
    })
}

fn funnel_of(stage: &Stage, found: &StageCandidates<'_>) -> Funnel {
    let mut left = found.counts.total;
    let mut steps = Vec::new();
    for step in Step::ALL {
        let removed = found.counts.removed(step);
        if removed > 0 {
            left -= removed;
            let (text, _) = funnel::describe(step, stage, found.escalated);
            steps.push(FunnelStep {
                requirement: step.slug().into(),
                text,
                removed,
                left,
            });
        }
    }
    Funnel {
        offerings: found.counts.total,
        steps,
        candidates: found.counts.left(),
    }
}

fn summary(project: &Project) -> ProjectSummary {
    ProjectSummary {
        name: project.name.clone(),
        team: project.team.clone(),
        owner: project.owner.clone(),
        labels: project.labels.clone(),
    }
}

fn outputs(project: &Project) -> BTreeMap<String, PlannedOutput> {
    let planned = |output: &Output| PlannedOutput {
        value: (!output.sensitive).then(|| output.value.clone()),
        sensitive: output.sensitive,
    };
    project
        .outputs
        .iter()
        .map(|(name, output)| (name.clone(), planned(output)))
        .collect()
}

fn budget_uses(project: &Project, stages: &[PlannedStage]) -> Vec<BudgetUse> {
    let of = |(name, budget): (&String, &Budget)| {
        let covered = |stage: &&PlannedStage| budget.covers(&stage.name);
        // What commitments cover is use all the same: a budget is kept or not whatever was promised.
        let used = stages.iter().filter(covered);
        let used = used.map(|s| s.costs.total + s.costs.covered).sum();
        let limit = budget.limit;
        let warn_from = limit.share(budget.warn_at);
        let status = match (used > limit, budget.on_exceed) {
            (true, OnExceed::Deny) => BudgetStatus::ExceededDenied,
            (true, OnExceed::Warn) => BudgetStatus::ExceededAllowed,
            (false, _) if used >= warn_from => BudgetStatus::Warning,
            (false, _) => BudgetStatus::Within,
        };
        BudgetUse {
            name: name.clone(),
            limit,
            used,
            status,
        }
    };
    project.budgets.iter().map(of).collect()
}
