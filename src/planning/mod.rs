//! Chooses an offering and a site for every stage, prices the choice and freezes it as a plan.
//!
//! Pure: the project, the catalogs and the options are all it looks at. `candidates` narrows the
//! offerings down for each stage alone, `joint` and `optimise` choose together, `bill` says what
//! data costs, `plan` is the result.

mod bill;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the cost model is wired to it next")
)]
mod billing;
mod candidate;
mod candidates;
mod checks;
mod eligibility;
mod freeze;
mod funnel;
mod graph;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the cost model is wired to it next")
)]
mod hours;
mod infeasible;
mod joint;
mod limits;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the cost model is wired to it next")
)]
mod mix;
mod notes;
mod optimise;
pub mod plan;
mod prune;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the cost model is wired to it next")
)]
mod queueing;
mod rivals;
mod scaling;
mod seconds;
mod shape;
mod sites;
mod sizing;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the cost model is wired to it next")
)]
mod spot;
mod step;

use self::candidate::Candidate;
use self::candidates::{Finder, Market, StageCandidates};
use self::graph::StageRead;
use self::limits::Limits;
use self::plan::{BudgetStatus, Plan};
use self::sites::Sites;
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, planning as codes};
use crate::model::{Project, Stage};
use crate::units::Money;

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
        let mut finder = Finder::new(Market {
            catalog,
            project,
            sites,
            limits,
        });
        let find = |stage: &&'a Stage| {
            let costs: Vec<Option<Money>> = sites
                .all()
                .map(|site| bill::site_cost(stage, project, sites, site))
                .collect();
            finder.find(stage, &costs)
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
