//! Chooses an offering and a site for every stage, prices the choice and freezes it as a plan.
//!
//! Pure: the project, the catalogs and the options are all it looks at. `candidates` narrows the
//! offerings down for each stage alone, `joint` and `solve` choose together, `bill` says what
//! data costs, `plan` is the result.

mod bill;
mod candidate;
mod candidates;
mod checks;
mod eligibility;
mod freeze;
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
mod shape;
mod sites;
mod sizing;
mod solve;
mod step;

use self::candidate::Candidate;
use self::candidates::{Finder, Market, StageCandidates};
use self::graph::StageRead;
use self::limits::Limits;
use self::plan::{BudgetStatus, Plan};
use self::sites::Sites;
use self::solve::work::Work;
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, planning as codes};
use crate::model::{Project, Stage};
use crate::units::Money;

/// How a plan is made.
#[derive(Default)]
pub struct Options<'a> {
    /// Asked often; once it says yes, the best choice so far is planned with how good it is. Without
    /// it, the search for the optimum ends after a fixed amount of work, some ten seconds.
    pub stop: Option<&'a dyn Fn() -> bool>,
}

/// Makes the plan of least cost, or says why there is none.
///
/// `sources` serves messages only. Warnings may come with a plan; errors never do, except those of
/// a budget that denies: then the plan is there to be shown, and must not be used.
#[must_use]
pub fn plan(
    project: &Project,
    catalog: &Catalog,
    sources: &Sources,
    options: &Options<'_>,
) -> (Option<Plan>, Diagnostics) {
    let mut found = checks::names(project, catalog);
    found.extend(checks::not_supported(project));
    if found.has_errors() {
        return (None, found);
    }
    match Planner::new(project, catalog).run(sources, options) {
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

    fn run(&self, sources: &Sources, options: &Options<'_>) -> Result<Plan, Diagnostics> {
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
        let choice = self.choose(&found, &limits, options);
        let choice = choice.map_err(infeasible::joint)?;
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
        options: &Options<'_>,
    ) -> Result<joint::Choice, joint::NoChoice> {
        let kept: Vec<&[Candidate<'_>]> = found.iter().map(|c| c.kept.as_slice()).collect();
        let movement = |read: &StageRead<'_>, from, to| {
            let cost = bill::flow_cost(read, &self.sites, from, to)?;
            Some(optimise::Cost::try_from(cost.micro_usd()).unwrap_or(optimise::FORBIDDEN))
        };
        let mut work = match options.stop {
            Some(stop) => Work::until(stop),
            None => Work::by_default(&|| false),
        };
        joint::choose(&kept, &self.reads, limits, &movement, &mut work)
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
