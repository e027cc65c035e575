//! Why a stage runs where it does: what each requirement removed, what the next best would cost,
//! and what would have to change for another choice to win.
//!
//! Every figure comes from planning anew with the question as a further condition, all stages
//! together, so a difference is one between whole plans, and each is proven like the plan itself.
//! Making text of it is `render`'s work.

mod alternatives;
mod mixture;
mod shortfall;
mod thresholds;
mod why_not;

use serde::Serialize;

pub use self::mixture::{MixedNodes, Mixture};
pub use self::thresholds::{Subject, Threshold};
pub use self::why_not::{Answer, Counted, Failed, NamedOffering, Rejected, WhyNot};
use super::candidate::Candidate;
use super::candidates::StageCandidates;
use super::joint::NoChoice;
use super::plan::{Costs, Placement, Plan, PlannedStage, RateCited};
use super::pooling::KnownPools;
use super::step::Step;
use super::{Options, Planner, checks, funnel};
use crate::catalog::Catalog;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, planning as codes};
use crate::model::{CapacityType, Location, Project};
use crate::units::Duration;

/// Why a stage runs where it does.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The plan that it is about.
    pub plan: Plan,
    /// Place of the stage in the plan.
    pub stage: usize,
    /// What each requirement removed, in the order in which they are checked.
    pub removed: Vec<Removed>,
    /// The best plans in which the stage runs on something else.
    pub alternatives: Vec<Alternative>,
    /// Rates from which on another plan wins.
    pub thresholds: Vec<Threshold>,
    /// The cheapest mix of machines for a service's peak; `None` for what has none.
    pub mixture: Option<Mixture>,
    /// The answer to a question about certain offerings.
    pub why_not: Option<WhyNot>,
}

impl Explanation {
    /// The stage as planned.
    #[must_use]
    pub fn planned(&self) -> &PlannedStage {
        &self.plan.stages[self.stage]
    }
}

/// What one requirement removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Stable name of the requirement.
    pub requirement: &'static str,
    /// What it asks, in words that go after "offerings that …".
    pub text: String,
    /// `file:line` where the spec says so; `None` where it follows from something else.
    pub source: Option<String>,
    /// How many offerings failed it and nothing before it.
    pub removed: u64,
    /// How many were left after it.
    pub left: u64,
}

/// A kind of offering other than the chosen one, and the best plan with it.
#[derive(Debug, Clone, Serialize)]
pub struct Alternative {
    /// What kind.
    pub instead: Instead,
    /// The plan, or why there is none.
    pub outcome: Outcome,
}

/// What a stage is made to run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instead {
    /// The same instance type, bought alike, in another zone of the region.
    OtherZone,
    /// Anything but the same instance type bought alike in the region.
    OtherMachine,
    /// What this provider has; `onprem` for owned capacity.
    Provider(String),
    /// What this region or site has.
    Region(Location),
    /// What is bought like this.
    Capacity(CapacityType),
}

/// The best plan under a further condition.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// There is one.
    Plan(Box<OtherPlan>),
    /// No offering of the kind meets every requirement; `None` when there is none of the kind.
    NoOffering(Option<Box<Rejected>>),
    /// Offerings of the kind would do, but with none of them is there a plan that keeps these
    /// limits; without any, data would have to move at an unknown rate.
    NoPlan {
        /// Names of the limits that are in the way.
        limits: Vec<String>,
    },
    /// The search was stopped before it was known.
    Stopped,
}

/// A plan that isn't the best.
#[derive(Debug, Clone, Serialize)]
pub struct OtherPlan {
    /// What the stage runs on.
    pub placement: Placement,
    /// What one node costs per hour.
    pub rate: RateCited,
    /// What the whole plan costs more per month, by part; less where it is negative.
    pub added: Costs,
    /// Expected time of one pass through all stages.
    pub pass: Duration,
    /// Other stages that run elsewhere for it.
    pub moved: Vec<Moved>,
    /// Budgets that deny and that only this plan exceeds.
    pub exceeds: Vec<String>,
    /// Whether its GPU is taken only where no preferred one can be had.
    pub unpreferred: bool,
    /// Whether it is the best of its kind beyond doubt.
    pub proven: bool,
}

/// A stage that runs elsewhere in another plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Its name.
    pub stage: String,
    /// What it runs on there.
    pub placement: Placement,
}

impl From<&PlannedStage> for Moved {
    fn from(stage: &PlannedStage) -> Self {
        Self {
            stage: stage.name.clone(),
            placement: stage.placement.clone(),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The stage.
    pub stage: &'q str,
    /// Offerings that aren't what it runs on: `p4d.24xlarge`, `gcp/us-central1@spot`, `dc1/a2`.
    pub why_not: Option<&'q str>,
}

/// Explains one stage of the plan of least cost, or says why there is no plan.
///
/// `sources` serves messages and the lines that requirements are written in. An explanation may come
/// with warnings, and, as a plan does, with the errors of a budget that denies.
#[must_use]
pub fn explain(
    project: &Project,
    catalog: &Catalog,
    sources: &Sources,
    options: &Options<'_>,
    question: &Question<'_>,
) -> (Option<Explanation>, Diagnostics) {
    let stage = question.stage;
    let mut found = checks::names(project, catalog);
    found.extend(checks::too_many_commitments(project));
    if let Some(unknown) = unknown_stage(project, stage) {
        found.push(unknown);
    }
    if found.has_errors() {
        return (None, found);
    }
    let planner = Planner::new(project, catalog);
    match Explainer::new(&planner, sources, options, stage) {
        Ok(explainer) => match explainer.explanation(question) {
            Ok(explanation) => {
                found.extend(super::budgets(project, &explanation.plan));
                (Some(explanation), found)
            }
            Err(error) => {
                found.push(*error);
                (None, found)
            }
        },
        Err(errors) => {
            found.extend(errors);
            (None, found)
        }
    }
}

/// The error for a question about a stage that there isn't.
#[must_use]
pub fn unknown_stage(project: &Project, name: &str) -> Option<Diagnostic> {
    if project.stages.contains_key(name) {
        return None;
    }
    let names = project.stages.keys().map(String::as_str);
    let diagnostic = Diagnostic::error(&codes::UNKNOWN_STAGE)
        .detail(format!("Project `{}` has no stage `{name}`.", project.name));
    Some(
        match crate::spec::suggestion(name, names, "The stages are") {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        },
    )
}

/// The plan of least cost, and what is needed to make others beside it.
struct Explainer<'e, 'a> {
    planner: &'e Planner<'a>,
    options: &'e Options<'e>,
    sources: &'e Sources,
    /// The candidates of all stages.
    found: Vec<StageCandidates<'a>>,
    /// What stages that may share can share.
    pools: KnownPools<'a>,
    plan: Plan,
    /// The stage in question.
    index: usize,
    /// What was chosen for each stage.
    chosen: Vec<Candidate<'a>>,
}

impl<'e, 'a> Explainer<'e, 'a> {
    fn new(
        planner: &'e Planner<'a>,
        sources: &'e Sources,
        options: &'e Options<'e>,
        stage: &str,
    ) -> Result<Self, Diagnostics> {
        let found = planner.feasible(sources, options)?;
        let pools = planner.pools(&found, options);
        let decided = planner
            .decide(&found, &pools, options)
            .map_err(|why| planner.no_choice(why, &found, options))?;
        let plan = planner.freeze(&found, &decided, options);
        let chosen = decided.chosen.candidates.into_iter().cloned().collect();
        let index = planner.order.iter().position(|s| s.name == stage);
        Ok(Self {
            planner,
            options,
            sources,
            plan,
            chosen,
            index: index.unwrap_or_default(),
            pools,
            found,
        })
    }

    fn explanation(self, question: &Question<'_>) -> Result<Explanation, Box<Diagnostic>> {
        let why_not = question
            .why_not
            .map(|asked| self.why_not(asked))
            .transpose()?;
        Ok(Explanation {
            removed: self.removed(),
            alternatives: self.alternatives(),
            thresholds: self.thresholds(),
            mixture: self.mixture(),
            why_not,
            stage: self.index,
            plan: self.plan,
        })
    }

    /// What the stage in question runs on.
    fn now(&self) -> &Candidate<'a> {
        &self.chosen[self.index]
    }

    fn removed(&self) -> Vec<Removed> {
        let (stage, found) = (self.planner.order[self.index], &self.found[self.index]);
        let mut left = found.counts.total;
        let steps = Step::ALL.into_iter().filter_map(|step| {
            let removed = found.counts.removed(step);
            left -= removed;
            let (text, origin) = funnel::describe(step, stage, found.escalated);
            (removed > 0).then(|| Removed {
                requirement: step.slug(),
                text,
                source: origin.and_then(|origin| self.sources.line_ref(origin)),
                removed,
                left,
            })
        });
        steps.collect()
    }

    /// The best plan with these candidates for the stage in question, of which there are some.
    fn plan_with(&self, candidates: StageCandidates<'a>) -> Outcome {
        let unpreferred = candidates.escalated && !self.found[self.index].escalated;
        match self.solved_with(self.index, candidates) {
            Ok(solved) => Outcome::Plan(Box::new(OtherPlan {
                unpreferred,
                ..self.compared(&solved.plan)
            })),
            Err(NoChoice::Infeasible { limits }) => Outcome::NoPlan {
                limits: limits.into_iter().collect(),
            },
            Err(NoChoice::TooDear) => Outcome::NoPlan { limits: Vec::new() },
            Err(NoChoice::Stopped) => Outcome::Stopped,
        }
    }

    /// The best plan with these candidates for a stage, and what it chose for the stage in question.
    fn solved_with(
        &self,
        stage: usize,
        candidates: StageCandidates<'a>,
    ) -> Result<Solved<'a>, NoChoice> {
        let mut found = self.found.clone();
        found[stage] = candidates;
        // What the stage could share is of its own candidates; with others it has its own nodes.
        let mut pools = self.pools.clone();
        pools.retain(|pool, _| !pool.contains(&stage));
        let decided = self.planner.decide(&found, &pools, self.options)?;
        Ok(Solved {
            plan: self.planner.freeze(&found, &decided, self.options),
            candidate: decided.chosen.candidates[self.index].clone(),
        })
    }
}

/// A plan under a further condition.
struct Solved<'a> {
    plan: Plan,
    /// What it chose for the stage in question.
    candidate: Candidate<'a>,
}
