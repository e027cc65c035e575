//! Chooses an offering and a site for every stage, prices the choice and freezes it as a plan.
//!
//! Pure: the project, the catalogs and the options are all it looks at. `candidates` narrows the
//! offerings down for each stage alone, `joint` and `optimise` choose together, `bill` says what
//! data costs, `plan` is the result.

mod bill;
mod candidates;
mod checks;
mod funnel;
mod graph;
mod infeasible;
mod joint;
mod limits;
mod notes;
mod optimise;
pub mod plan;
mod prune;
mod rivals;
mod scaling;
mod sites;
mod sizing;

use sha2::{Digest as _, Sha256};

use self::candidates::{Candidate, Market, Offered, StageCandidates};
use self::graph::StageRead;
use self::limits::Limits;
use self::plan::{
    BudgetStatus, BudgetUse, CatalogInput, Costs, Funnel, FunnelStep, Movement, NodeUsage,
    Placement, Plan, PlanInputs, PlannedOutput, PlannedStage, ProjectSummary, Proof,
};
use self::sites::Sites;
use crate::catalog::{Catalog, GpuCount};
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, planning as codes};
use crate::model::{OnExceed, Project, Source, Stage};
use crate::units::{Millionths, Money, Quantity};

/// Makes the plan of least cost, or says why there is none.
///
/// `sources` serves messages only. Warnings may come with a plan; errors never do, except those of
/// a budget that denies: then the plan is there to be shown, and must not be used.
#[must_use]
pub fn plan(
    project: &Project,
    catalog: &Catalog,
    sources: &Sources,
) -> (Option<Plan>, Diagnostics) {
    let mut found = checks::names(project, catalog);
    found.extend(checks::not_supported(project));
    if found.has_errors() {
        return (None, found);
    }
    match Planner::new(project, catalog).run(sources) {
        Ok(plan) => {
            found.extend(budgets(project, &plan));
            (Some(plan), found)
        }
        Err(errors) => {
            found.extend(errors);
            (None, found)
        }
    }
}

struct Planner<'a> {
    project: &'a Project,
    catalog: &'a Catalog,
    sites: Sites<'a>,
    order: Vec<&'a Stage>,
    reads: Vec<StageRead<'a>>,
}

impl<'a> Planner<'a> {
    fn new(project: &'a Project, catalog: &'a Catalog) -> Self {
        let order = graph::ordered(project);
        let reads = graph::stage_reads(&order);
        Self {
            project,
            catalog,
            sites: Sites::new(catalog, project),
            order,
            reads,
        }
    }

    fn run(&self, sources: &Sources) -> Result<Plan, Diagnostics> {
        let limits = Limits::new(self.project);
        let found = self.candidates(&limits);
        let mut errors = Diagnostics::new();
        for (stage, candidates) in self.order.iter().zip(&found) {
            if candidates.kept.is_empty() {
                let error =
                    infeasible::stage(stage, candidates, self.project, self.catalog, sources);
                errors.push(error);
            }
        }
        if errors.has_errors() {
            return Err(errors);
        }
        let choice = self.choose(&found, &limits).map_err(infeasible::joint)?;
        Ok(self.freeze(&found, &choice))
    }

    fn candidates(&self, limits: &Limits<'a>) -> Vec<StageCandidates<'a>> {
        let (project, catalog, sites) = (self.project, self.catalog, &self.sites);
        let market = Market {
            catalog,
            project,
            sites,
            limits,
        };
        let find = |stage: &&'a Stage| {
            let costs: Vec<Option<Money>> = sites
                .all()
                .map(|site| bill::site_cost(stage, project, sites, site))
                .collect();
            candidates::find(stage, &market, &costs)
        };
        self.order.iter().map(find).collect()
    }

    fn choose(
        &self,
        found: &[StageCandidates<'a>],
        limits: &Limits<'a>,
    ) -> Result<Vec<usize>, joint::NoChoice> {
        let kept: Vec<&[Candidate<'_>]> = found.iter().map(|c| c.kept.as_slice()).collect();
        joint::choose(&kept, &self.reads, limits, &|read, from, to| {
            let cost = bill::flow_cost(read, &self.sites, from, to)?;
            Some(optimise::Cost::try_from(cost.micro_usd()).unwrap_or(optimise::FORBIDDEN))
        })
    }

    fn freeze(&self, found: &[StageCandidates<'a>], choice: &[usize]) -> Plan {
        let chosen: Vec<&Candidate<'_>> = found
            .iter()
            .zip(choice)
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
            proof: Proof::Optimal,
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
                .any(|m| m.rate.basis == plan::Cited::Estimated && m.cost > Money::ZERO)
            || storage.iter().any(|s| {
                let rate = s.rate.as_ref();
                rate.is_some_and(|r| r.basis == plan::Cited::Estimated) && s.cost > Money::ZERO
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
        let line = |(name, read): (&'a String, &'a crate::model::Read)| {
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
        for step in funnel::Step::ALL {
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

/// sha-256 in hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            _ = write!(hex, "{byte:02x}");
            hex
        })
}

fn outputs(project: &Project) -> std::collections::BTreeMap<String, PlannedOutput> {
    let planned = |output: &crate::model::Output| PlannedOutput {
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
    let of = |(name, budget): (&String, &crate::model::Budget)| {
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

fn budgets(project: &Project, plan: &Plan) -> Diagnostics {
    let mut found = Diagnostics::new();
    for budget in &plan.budgets {
        let detail = format!(
            "The cheapest plan takes USD {} of the USD {} per month of budget `{}`.",
            budget.used.cents(),
            budget.limit.cents(),
            budget.name
        );
        let origin = project.budgets[&budget.name].origin;
        let diagnostic = match budget.status {
            BudgetStatus::Within => continue,
            BudgetStatus::ExceededDenied => Diagnostic::error(&codes::BUDGET_EXCEEDED)
                .hint("raise the limit, or set `on_exceed = \"warn\"` to go on all the same"),
            BudgetStatus::Warning | BudgetStatus::ExceededAllowed => {
                Diagnostic::warning(&codes::BUDGET_WARNING)
            }
        };
        found.push(diagnostic.at(origin).detail(detail));
    }
    found
}
