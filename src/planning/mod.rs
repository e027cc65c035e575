//! Chooses an offering and a site for every stage, prices the choice and freezes it as a plan.
//!
//! Pure: the project, the catalogs and the options are all it looks at. `candidates` narrows the
//! offerings down for each stage alone, `joint` and `optimise` choose together, `bill` says what
//! data costs, `plan` is the result.

mod alone;
mod audit;
mod bill;
mod billing;
mod candidate;
mod candidates;
mod checks;
mod commitments;
mod conflict;
mod couplings;
mod eligibility;
pub mod explain;
mod fallbacks;
mod flows;
mod freeze;
mod funnel;
mod gpu_fit;
mod graph;
mod hours;
mod infeasible;
mod interruptions;
mod joint;
mod limits;
mod matters;
mod mix;
mod notes;
mod optimise;
mod packing;
mod pareto;
mod pass;
pub mod plan;
mod pool_search;
mod pooling;
mod prune;
mod queueing;
mod rank;
pub mod rates;
mod relaxation;
mod risk;
mod rivals;
mod room;
mod rules;
mod scaling;
mod search;
mod searches;
mod seconds;
mod service;
mod shape;
mod sites;
mod sizing;
mod solve;
mod spot;
mod step;
mod ways_out;

use self::candidates::{Allowed, Finder, Market, StageCandidates, Surroundings};
use self::commitments::Commitments;
pub use self::gpu_fit::card as gpu_card;
use self::graph::StageRead;
use self::limits::Limits;
use self::matters::Matters;
pub use self::pareto::{ParetoFront, ParetoPoint};
use self::plan::{BudgetStatus, Plan};
pub use self::searches::Searches;
use self::sites::{Locus, Sites};
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, planning as codes};
use crate::model::{Project, Stage};
use crate::units::Duration;
pub use freeze::inputs;

/// What is minimised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Objective {
    /// Cost per month.
    #[default]
    Cost,
    /// Time of one pass through all stages; among equals, cost.
    Time,
}

impl Objective {
    /// The name as written in plans.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Time => "time",
        }
    }
}

/// How to plan.
#[derive(Clone, Copy, Default)]
pub struct Options<'o> {
    /// What is minimised.
    pub objective: Objective,
    /// Longest time of one pass through all stages, where it is shorter than the spec's.
    pub deadline: Option<Duration>,
    /// Says when to stop searching and take the best choice so far; without it, a search ends after
    /// a fixed amount of work, some ten seconds. Planning reads no clock itself.
    pub stop: Option<&'o dyn Fn() -> bool>,
}

impl Options<'_> {
    /// The longest time of one pass, by the spec and by what was asked for.
    fn deadline(&self, project: &Project) -> Option<Duration> {
        let written = project.deadline.as_ref().map(|deadline| deadline.value);
        written.into_iter().chain(self.deadline).min()
    }
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
    plan_with(&Searches::default(), project, catalog, sources, options)
}

/// The same plan as [`plan()`]'s, sooner where projects were planned with the same `searches` that
/// ask for the same.
#[must_use]
pub fn plan_with<'a>(
    searches: &Searches<'a>,
    project: &'a Project,
    catalog: &'a Catalog,
    sources: &Sources,
    options: &Options<'_>,
) -> (Option<Plan>, Diagnostics) {
    let mut found = checks::names(project, catalog);
    found.extend(checks::too_many_commitments(project));
    if found.has_errors() {
        return (None, found);
    }
    let planner = Planner {
        searches: searches.clone(),
        ..Planner::new(project, catalog)
    };
    match planner.run(sources, options) {
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

/// The plans that nothing beats in both cost and time, or why there is none.
///
/// # Errors
///
/// The diagnostics of [`plan()`], when not even one stage or one plan can be had.
pub fn pareto(
    project: &Project,
    catalog: &Catalog,
    sources: &Sources,
    options: &Options<'_>,
) -> Result<ParetoFront, Diagnostics> {
    let mut found = checks::names(project, catalog);
    found.extend(checks::too_many_commitments(project));
    if found.has_errors() {
        return Err(found);
    }
    let options = Options {
        // What matters is decided by the fastest plans too.
        objective: Objective::Time,
        ..*options
    };
    let planner = Planner::new(project, catalog);
    let found = planner.feasible(sources, &options)?;
    planner.pareto(&found, &options)
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
    /// By stage, the places in `reads` of what it reads and of what is read from it.
    beside: Vec<Vec<usize>>,
    searches: Searches<'a>,
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
            beside: graph::beside(order.len(), &reads),
            order,
            reads,
            searches: Searches::default(),
        }
    }

    fn run(&self, sources: &Sources, options: &Options<'_>) -> Result<Plan, Diagnostics> {
        let found = self.feasible(sources, options)?;
        let pools = self.pools(&found, options);
        let decided = self
            .decide(&found, &pools, options)
            .map_err(|why| self.no_choice(why, &found, options))?;
        let mut plan = self.freeze(&found, &decided, options);
        if let Some(sharing) = &mut plan.sharing {
            let shared = decided.chosen.pools.iter();
            let shared: Vec<Vec<usize>> = shared.map(|(stages, _)| stages.clone()).collect();
            sharing.apart_pays_from = self.apart_pays_from(&shared, options);
            sharing.growth_unknown = pooling::stopped(options);
        }
        Ok(plan)
    }

    /// What matters to each stage.
    fn matters(&self, options: &Options<'_>) -> Vec<Matters> {
        let timed =
            options.objective == Objective::Time || options.deadline(self.project).is_some();
        Matters::of_all(self.project, &self.order, timed)
    }

    /// The candidates of all stages, when each has some.
    fn feasible(
        &self,
        sources: &Sources,
        options: &Options<'_>,
    ) -> Result<Vec<StageCandidates<'a>>, Diagnostics> {
        let found = self.candidates(options);
        let mut errors = Diagnostics::new();
        for (index, candidates) in found.iter().enumerate() {
            if candidates.kept.is_empty() {
                // Looking for ways out takes a pass for each, and nobody reads them for many stages.
                let in_depth = errors.len() < infeasible::IN_DEPTH;
                errors.push(infeasible::stage(
                    self, index, candidates, sources, in_depth,
                ));
            }
        }
        if errors.has_errors() {
            Err(errors)
        } else {
            Ok(found)
        }
    }

    fn candidates(&self, options: &Options<'_>) -> Vec<StageCandidates<'a>> {
        let finder = Finder::new(self.market(None), self.searches.clone());
        let matters = self.matters(options);
        let stages = 0..self.order.len();
        stages
            .map(|index| self.candidates_of(index, &finder, matters[index]))
            .collect()
    }

    const fn market<'m>(&'m self, allowed: Option<Allowed<'m>>) -> Market<'m, 'a> {
        Market {
            catalog: self.catalog,
            project: self.project,
            sites: &self.sites,
            limits: &self.limits,
            commitments: &self.commitments,
            allowed,
        }
    }

    fn candidates_of(
        &self,
        index: usize,
        finder: &Finder<'_, 'a>,
        matters: Matters,
    ) -> StageCandidates<'a> {
        let stage = self.order[index];
        let data = |locus: Locus| bill::data_at(stage, self.project, &self.sites, locus);
        let most_wait = |locus: Locus| self.most_wait(index, locus);
        finder.find(
            stage,
            &Surroundings {
                data: &data,
                most_wait: &most_wait,
                matters,
            },
        )
    }

    /// What a stage reads from others and others from it.
    fn reads_beside(&self, stage: usize) -> impl Iterator<Item = &StageRead<'a>> {
        self.beside[stage].iter().map(|read| &self.reads[*read])
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
