//! Chooses an offering and a site for every stage, prices the choice and freezes it as a plan.
//!
//! Pure: the project, the catalogs and the options are all it looks at. `candidates` narrows the
//! offerings down for each stage alone, `joint` and `optimise` choose together, `bill` says what
//! data costs, `plan` is the result.

mod alone;
mod bill;
mod candidate;
mod candidates;
mod checks;
mod commitments;
mod eligibility;
mod fallbacks;
mod freeze;
mod funnel;
mod graph;
mod infeasible;
mod interruptions;
mod joint;
mod limits;
mod notes;
mod optimise;
mod pass;
pub mod plan;
mod prune;
mod risk;
mod rivals;
mod scaling;
mod search;
mod service;
mod shape;
mod sites;
mod sizing;
mod step;

use self::candidates::{Finder, Market, StageCandidates, Surroundings};
use self::commitments::Commitments;
use self::graph::StageRead;
use self::limits::Limits;
use self::plan::{BudgetStatus, Plan};
use self::search::Matters;
use self::sites::{Locus, Sites};
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, planning as codes};
use crate::model::{Project, Stage};
use crate::units::Duration;

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

/// Checks every name of the spec that only the catalogs can confirm: GPUs, regions, sites.
#[must_use]
pub fn check_names(project: &Project, catalog: &Catalog) -> Diagnostics {
    let mut found = checks::names(project, catalog);
    found.sort();
    found
}

struct Planner<'a> {
    project: &'a Project,
    catalog: &'a Catalog,
    sites: Sites<'a>,
    limits: Limits<'a>,
    commitments: Commitments<'a>,
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
            limits: Limits::new(project),
            commitments: Commitments::new(project, catalog),
            order,
            reads,
        }
    }

    fn run(&self, sources: &Sources) -> Result<Plan, Diagnostics> {
        let found = self.candidates();
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
        let chosen = self.choose(&found).map_err(infeasible::joint)?;
        Ok(self.freeze(&found, &chosen))
    }

    fn candidates(&self) -> Vec<StageCandidates<'a>> {
        let mut finder = Finder::new(Market {
            catalog: self.catalog,
            project: self.project,
            sites: &self.sites,
            limits: &self.limits,
            commitments: &self.commitments,
        });
        let matters = Matters::of_all(self.project, &self.order);
        let find = |(index, stage): (usize, &&'a Stage)| {
            let data = |locus: Locus| bill::data_at(stage, self.project, &self.sites, locus);
            let most_wait = |locus: Locus| self.most_wait(index, locus);
            finder.find(
                stage,
                &Surroundings {
                    data: &data,
                    most_wait: &most_wait,
                    matters: matters[index],
                },
            )
        };
        self.order.iter().enumerate().map(find).collect()
    }

    /// Most time that data of other stages can take to come to a place.
    fn most_wait(&self, stage: usize, to: Locus) -> Duration {
        let reads = self.reads.iter();
        let waited = reads.filter(|read| read.to == stage && read.waited_for);
        waited
            .map(|read| self.sites.longest_wait(to.site, read.amount))
            .fold(Duration::ZERO, sizing::sum)
    }
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
