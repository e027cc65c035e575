//! Turns a choice into the frozen plan: placements, bills, funnels, budgets.

use std::collections::BTreeMap;

use super::candidate::{Candidate, Offered};
use super::candidates::StageCandidates;
use super::joint::Choice;
use super::plan::{
    BudgetStatus, BudgetUse, CatalogInput, Cited, Costs, Funnel, FunnelStep, Movement, NodeUsage,
    Placement, Plan, PlanInputs, PlannedOutput, PlannedStage, ProjectSummary, Proof,
};
use super::step::Step;
use super::{Planner, bill, funnel, graph, notes};
use crate::catalog::text::sha256_hex;
use crate::catalog::{Catalog, GpuCount};
use crate::model::{Budget, OnExceed, Output, Project, Read, Source, Stage};
use crate::units::{Millionths, Money, Quantity};

impl<'a> Planner<'a> {
    pub(super) fn freeze(&self, found: &[StageCandidates<'a>], choice: &Choice) -> Plan {
        let chosen: Vec<&Candidate<'_>> = found
            .iter()
            .zip(&choice.candidates)
            .map(|(list, i)| &list.kept[*i])
            .collect();
        let stages: Vec<PlannedStage> = (0..self.order.len())
            .map(|i| self.planned_stage(i, &found[i], &chosen))
            .collect();
        let sum = |part: fn(&Costs) -> Money| stages.iter().map(|s| part(&s.costs)).sum();
        let estimated = stages.iter().any(|s| s.costs.estimated);
        let costs = Costs::new(
            sum(|c| c.compute),
            sum(|c| c.movement),
            sum(|c| c.storage),
            estimated,
        );
        Plan {
            project: summary(self.project),
            inputs: inputs(self.project, self.catalog),
            budgets: budget_uses(self.project, &stages),
            not_priced: notes::not_priced(self.project, &stages),
            not_considered: notes::not_considered(self.project, &stages),
            outputs: outputs(self.project),
            stages,
            costs,
            proof: match choice.lower {
                None => Proof::Optimal,
                Some(lower) => Proof::Within { lower },
            },
        }
    }

    fn planned_stage(
        &self,
        index: usize,
        found: &StageCandidates<'a>,
        chosen: &[&Candidate<'a>],
    ) -> PlannedStage {
        let (stage, candidate) = (self.order[index], chosen[index]);
        let movements = self.movements(index, chosen);
        let storage = bill::stored(stage, &self.sites, candidate.site, self.catalog);
        let estimated = candidate.estimated()
            || movements
                .iter()
                .any(|m| m.rate.basis == Cited::Estimated && m.cost > Money::ZERO)
            || storage.iter().any(|s| {
                let rate = s.rate.as_ref();
                rate.is_some_and(|r| r.basis == Cited::Estimated) && s.cost > Money::ZERO
            });
        let moved = movements.iter().map(|m| m.cost).sum();
        let stored = storage.iter().map(|s| s.cost).sum();
        PlannedStage {
            name: stage.name.clone(),
            kind: stage.kind,
            placement: self.placement(candidate),
            usage: NodeUsage {
                duration: candidate.sizing.duration,
                runs_per_month: candidate.sizing.runs,
                estimated_from: candidate.sizing.estimated_from.clone(),
            },
            rate: bill::cite(candidate.rate, self.catalog),
            costs: Costs::new(candidate.compute, moved, stored, estimated),
            movements,
            storage,
            funnel: self.funnel(stage, found),
            notes: notes::of_stage(stage, candidate, found, self.catalog),
        }
    }

    fn movements(&self, index: usize, chosen: &[&Candidate<'a>]) -> Vec<Movement> {
        let stage = self.order[index];
        let to = chosen[index].site;
        let line = |(name, read): (&'a String, &'a Read)| {
            let of = match &read.source {
                Source::Dataset(dataset) => {
                    let settings = &self.project.datasets[dataset];
                    let (amount, times) = graph::dataset_read(stage, read, settings.size);
                    let from = self.sites.find(&settings.location)?;
                    let source = format!("dataset.{dataset}");
                    bill::MovementOf {
                        name,
                        source,
                        amount,
                        times,
                        from,
                        to,
                    }
                }
                Source::Output {
                    stage: producer,
                    output,
                } => {
                    let mut reads = self.reads.iter();
                    let read = reads.find(|r| r.to == index && r.name == name)?;
                    let from = chosen[read.from].site;
                    let source = format!("stage.{producer}.output.{output}");
                    bill::MovementOf {
                        name,
                        source,
                        amount: read.amount,
                        times: read.times,
                        from,
                        to,
                    }
                }
            };
            of.line(&self.sites, self.catalog)
        };
        stage.reads.iter().filter_map(line).collect()
    }

    fn placement(&self, candidate: &Candidate<'_>) -> Placement {
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
            location: self.sites.location(candidate.site),
            zone,
            instance_type,
            capacity_type: candidate.capacity,
            nodes: candidate.sizing.nodes,
            replicas: candidate.sizing.replicas,
            gpu: candidate.gpu.map(|g| self.catalog.gpu(g.gpu).name.clone()),
            gpus_per_node: candidate.gpu.map(gpus),
        }
    }

    fn funnel(&self, stage: &Stage, found: &StageCandidates<'_>) -> Funnel {
        let mut left = found.counts.total;
        let mut steps = Vec::new();
        for step in Step::ALL {
            let removed = found.counts.removed(step);
            if removed > 0 {
                left -= removed;
                let (text, _) = funnel::describe(step, stage, found.escalated);
                steps.push(FunnelStep {
                    requirement: step.slug(),
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
}

fn summary(project: &Project) -> ProjectSummary {
    ProjectSummary {
        name: project.name.clone(),
        team: project.team.clone(),
        owner: project.owner.clone(),
        labels: project.labels.clone(),
    }
}

fn inputs(project: &Project, catalog: &Catalog) -> PlanInputs {
    let catalogs = catalog.infos().iter().map(|info| CatalogInput {
        name: info.name.clone(),
        as_of: info.as_of,
        sha256: info.sha256.clone(),
    });
    PlanInputs {
        spec_sha256: sha256_hex(project.canonical_json().as_bytes()),
        catalogs: catalogs.collect(),
        objective: "cost".into(),
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
        let covered = |stage: &&PlannedStage| {
            budget
                .stages
                .as_ref()
                .is_none_or(|names| names.value.contains(&stage.name))
        };
        let used = stages.iter().filter(covered).map(|s| s.costs.total).sum();
        let limit = Money::of_rate(budget.limit);
        let warn_from = Money::charge(budget.limit, Quantity::from(budget.warn_at));
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
