//! What to raise when every stage has candidates but no combination of them keeps all limits.
//!
//! Each limit that was in the way is raised alone. Whether a plan exists can only become true by
//! that, so the smallest raise that helps is found by halving, each time planning anew.

use std::collections::BTreeSet;

use super::candidates::StageCandidates;
use super::freeze::Chosen;
use super::joint::NoChoice;
use super::limits::Limits;
use super::sizing::sum;
use super::{Objective, Options, Planner, couplings, infeasible};
use crate::diagnostics::Diagnostic;
use crate::model::{Demand, Project};
use crate::units::{Duration, Money, grouped};

/// Most limits that are tried: each takes planning anew several times.
const MOST_LIMITS: usize = 4;

impl<'a> Planner<'a> {
    /// The error for stages that can't be placed together, with what would help.
    pub(super) fn no_choice(
        &self,
        why: NoChoice,
        found: &[StageCandidates<'a>],
        options: &Options<'_>,
    ) -> Diagnostic {
        if matches!(&why, NoChoice::Infeasible { limits } if limits.is_empty()) && self.has_rules()
        {
            return self
                .ruled_out(infeasible::no_joint(), options)
                .unwrap_or_else(infeasible::rules_or_rates);
        }
        let hints = match &why {
            NoChoice::Infeasible { limits } => self.ways_out(limits, found, options),
            NoChoice::TooDear | NoChoice::Stopped => Vec::new(),
        };
        let general = infeasible::joint(why);
        if hints.is_empty() {
            return general;
        }
        let specific = Diagnostic {
            hints: Vec::new(),
            ..general
        };
        hints.into_iter().fold(specific, Diagnostic::hint)
    }

    fn ways_out(
        &self,
        limits: &BTreeSet<String>,
        found: &[StageCandidates<'a>],
        options: &Options<'_>,
    ) -> Vec<String> {
        let tried = limits.iter().take(MOST_LIMITS);
        tried
            .filter_map(|name| {
                self.raised(name, found, options)
                    .or_else(|| self.later(name, options))
            })
            .collect()
    }

    /// The smallest raise of a shared limit that lets a plan exist.
    fn raised(
        &self,
        name: &str,
        found: &[StageCandidates<'a>],
        options: &Options<'_>,
    ) -> Option<String> {
        let (limit, settings) = self.limits.all().find(|(_, limit)| limit.name == name)?;
        let now = settings.max;
        let cost_at = |max: u64| -> Option<Money> {
            let planner = Planner {
                limits: Limits::new(self.project).with_max(limit, max),
                ..Planner::new(self.project, self.catalog)
            };
            let pools = planner.pools(found, options);
            let decided = planner.decide(found, &pools, options).ok()?;
            planner.cost_of(&decided.chosen.candidates)
        };
        let (mut low, mut high) = (now, self.most_drawn(limit, found));
        let mut cost = cost_at(high)?;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match cost_at(middle) {
                Some(found) => (high, cost) = (middle, found),
                None => low = middle,
            }
        }
        Some(format!(
            "raise {name} from {} to {} for {}: the plan then costs USD {} per month",
            grouped(now.into()),
            grouped(high.into()),
            self.drawing(limit, found),
            cost.cents()
        ))
    }

    /// What all stages together could draw on a limit at most.
    fn most_drawn(&self, limit: u16, found: &[StageCandidates<'a>]) -> u64 {
        let of_stage = |candidates: &StageCandidates<'_>| {
            let drawn = candidates.kept.iter().flat_map(|candidate| {
                let nodes = candidate.hours.nodes().iter().max().copied().unwrap_or(0);
                let loads = candidate.loads.iter().filter(|load| load.limit == limit);
                loads.map(move |load| load.per_node.saturating_mul(nodes.into()))
            });
            drawn.max().unwrap_or(0)
        };
        let most = found.iter().map(of_stage).fold(0, u64::saturating_add);
        most.max(self.limits.get(limit).max)
    }

    /// The stages that can draw on a limit, by name.
    fn drawing(&self, limit: u16, found: &[StageCandidates<'a>]) -> String {
        let draws = |candidates: &StageCandidates<'_>| {
            let mut loads = candidates
                .kept
                .iter()
                .flat_map(|candidate| &candidate.loads);
            loads.any(|load| load.limit == limit)
        };
        let names = self.order.iter().zip(found);
        let names = names.filter(|(_, candidates)| draws(candidates));
        let names: Vec<String> = names
            .map(|(stage, _)| format!("`{}`", stage.name))
            .collect();
        names.join(" and ")
    }

    /// A deadline that would do, where one was in the way.
    fn later(&self, name: &str, options: &Options<'_>) -> Option<String> {
        if name == couplings::PROJECT_DEADLINE {
            let mut free = self.project.clone();
            free.deadline = None;
            let fastest = Options {
                objective: Objective::Time,
                deadline: None,
                ..*options
            };
            let (pass, cost) = solved(&free, self, &fastest, |planner, chosen| {
                planner.pass().longest(&chosen.candidates).0
            })?;
            let written = self.project.deadline.as_ref().map(|d| d.value);
            let name = match options.deadline {
                Some(asked) if written.is_none_or(|written| asked < written) => "`--deadline`",
                _ => name,
            };
            return Some(told(name, pass, cost));
        }
        let stage = self
            .order
            .iter()
            .position(|stage| couplings::deadline_of(&stage.name) == name)?;
        let mut free = self.project.clone();
        let settings = free.stages.get_mut(&self.order[stage].name)?;
        if let Demand::Runs(runs) = &mut settings.demand {
            runs.deadline = None;
        }
        let (end, cost) = solved(&free, self, options, |planner, chosen| {
            let waits = planner.reads.iter().filter(|read| read.to == stage);
            let site = |index: usize| chosen.candidates[index].locus.site;
            let waits = waits.map(|read| {
                super::bill::flow_wait(read, &planner.sites, site(read.from), site(stage))
            });
            waits.fold(chosen.candidates[stage].duration(), sum)
        })?;
        Some(told(name, end, cost))
    }
}

/// What a project that is free of a deadline comes to: a time of its plan, and its cost.
fn solved(
    project: &Project,
    like: &Planner<'_>,
    options: &Options<'_>,
    time: impl Fn(&Planner<'_>, &Chosen<'_, '_>) -> Duration,
) -> Option<(Duration, Money)> {
    let planner = Planner::new(project, like.catalog);
    let found = planner.candidates(options);
    if found.iter().any(|candidates| candidates.kept.is_empty()) {
        return None;
    }
    let pools = planner.pools(&found, options);
    let chosen = planner.decide(&found, &pools, options).ok()?.chosen;
    Some((
        time(&planner, &chosen),
        planner.cost_of(&chosen.candidates)?,
    ))
}

fn told(name: &str, time: Duration, cost: Money) -> String {
    const MINUTE: u64 = 60_000;
    let minutes = time.millis().div_ceil(MINUTE);
    let time = Duration::from_millis(minutes.saturating_mul(MINUTE));
    format!(
        "set {name} to {time}: there is a plan then for USD {} per month",
        cost.cents()
    )
}
