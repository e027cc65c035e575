//! Rates from which on another plan wins.
//!
//! What the best plan with a certain offering costs is a concave function of the offering's rate: the
//! least of straight lines, one for each way to place the other stages. So the rate at which it
//! meets what another plan costs is found by following the line of the best plan to where that
//! would be, planning anew there, and going on until nothing changes. All other rates stay as they
//! are.

use serde::Serialize;

use super::{Explainer, Moved, Solved};
use crate::model::{Location, Source};
use crate::planning::Objective;
use crate::planning::candidate::Candidate;
use crate::planning::candidates::{Nearby, StageCandidates};
use crate::planning::plan::{Movement, Placement, Plan, Proof};
use crate::planning::sites::FoundRate;
use crate::units::{Money, Quantity, Rate};

/// Most times that a line is followed. Each is another way to place the other stages, of which few
/// differ in how long a stage waits; beyond, nothing is said rather than something inexact.
const ROUNDS: usize = 8;

/// Millionths, and pico-USD in a micro-USD.
const MILLION: u128 = 1_000_000;

/// A rate from which on another plan wins, if nothing else changes.
#[derive(Debug, Clone, Serialize)]
pub struct Threshold {
    /// Which rate.
    pub subject: Subject,
    /// What it is now.
    pub now: Rate,
    /// From where on the other plan wins, rounded away from `now` to whole micro-USD.
    pub at: Rate,
    /// What changes in the plan that wins. Empty when the rate becomes more than the spec allows.
    pub instead: Vec<Moved>,
}

/// Which rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// What the chosen machine costs this stage per node-hour, in all zones of its region.
    Own,
    /// What the next best machine would cost this stage per node-hour.
    Other(Box<Placement>),
    /// What bringing one of its reads costs per GB.
    Data {
        /// The stage's name for it.
        name: String,
        /// Where it comes from.
        from: Location,
    },
}

/// Which way a rate is followed, and so rounded.
#[derive(Clone, Copy, PartialEq)]
enum Towards {
    Dearer,
    Cheaper,
}

impl<'a> Explainer<'_, 'a> {
    /// The thresholds that can be told exactly: none where commitments make costs other than linear
    /// in rates, where time is minimised, or where the plan isn't proven.
    pub(super) fn thresholds(&self) -> Vec<Threshold> {
        let linear = self.planner.commitments.is_empty();
        let proven = self.plan.proof == Proof::Optimal;
        // The rate of shared nodes is that of other stages too.
        let shared = self.now().shared_with.is_some();
        if !linear || !proven || shared || self.options.objective != Objective::Cost {
            return Vec::new();
        }
        let other =
            self.within(&|site, offered, capacity| !self.same_machine(site, offered, capacity));
        let mut all = Vec::new();
        // A preferred GPU is taken at whatever cost, so no rate makes another one win.
        if !other.kept.is_empty()
            && other.escalated == self.found[self.index].escalated
            && let Ok(runner_up) = self.solved_with(self.index, other)
            && runner_up.plan.proof == Proof::Optimal
        {
            all.extend(self.own_rate(&runner_up));
            all.extend(self.other_rate(&runner_up));
        }
        all.extend(self.data_rate());
        all
    }

    /// How dear the chosen machine may become.
    fn own_rate(&self, runner_up: &Solved<'a>) -> Option<Threshold> {
        let target = runner_up.plan.costs.total;
        let at = self.met(self.now(), &self.plan, target, Towards::Dearer)?;
        let limit = self.planner.order[self.index]
            .requirements
            .max_node_hour
            .as_ref();
        let limit = limit.map(|limit| limit.value).filter(|limit| *limit < at);
        Some(Threshold {
            subject: Subject::Own,
            now: self.now().rate.rate(),
            at: limit.unwrap_or(at),
            instead: match limit {
                Some(_) => Vec::new(),
                None => self.changes(&runner_up.plan),
            },
        })
    }

    /// How cheap the next best must become.
    fn other_rate(&self, runner_up: &Solved<'a>) -> Option<Threshold> {
        let candidate = &runner_up.candidate;
        let target = self.plan.costs.total;
        let at = self.met(candidate, &runner_up.plan, target, Towards::Cheaper)?;
        Some(Threshold {
            subject: Subject::Other(Box::new(self.planner.placement(candidate))),
            now: candidate.rate.rate(),
            at,
            instead: self.changes(&runner_up.plan),
        })
    }

    /// The rate of a candidate at which the best plan with it costs as much as `target`.
    fn met(
        &self,
        candidate: &Candidate<'a>,
        plan: &Plan,
        target: Money,
        towards: Towards,
    ) -> Option<Rate> {
        let charged = Money::charge(candidate.rate.rate(), candidate.sizing.node_hours());
        if charged != candidate.compute {
            // Sunk: its rate decides nothing.
            return None;
        }
        let mut rate = candidate.rate.rate();
        let mut cost = plan.costs.total;
        let mut hours = self.hours_of(plan);
        for _ in 0..ROUNDS {
            let next = along(rate, target - cost, hours, towards)?;
            let at_next = repriced(candidate, next);
            let solved = self.solved_with(self.index, alone(at_next)).ok()?;
            cost = solved.plan.costs.total;
            hours = self.hours_of(&solved.plan);
            let rest = target - cost;
            // A step of the rate is a millionth of a USD; what it makes of a month can't be told
            // apart from it.
            let step = i128::try_from(hours / MILLION)
                .unwrap_or(i128::MAX)
                .saturating_add(1);
            if rest.micro_usd().abs() <= step {
                return Some(next);
            }
            rate = next;
        }
        None
    }

    /// Millionths of node-hours of the stage in a month, waiting included.
    fn hours_of(&self, plan: &Plan) -> u128 {
        let (stage, sizing) = (&plan.stages[self.index], &self.now().sizing);
        let runs = Quantity::from(stage.usage.runs_per_month);
        let waiting = if sizing.by_hour.is_some() {
            0
        } else {
            let nodes = Quantity::count(stage.placement.nodes.into());
            let waits = Quantity::hours(stage.usage.waiting)
                .times(nodes)
                .times(runs);
            waits.millionths().get()
        };
        u128::from(stage.usage.node_hours.get()) + u128::from(waiting)
    }

    /// How dear the dearest of the stage's reads from elsewhere may become.
    fn data_rate(&self) -> Option<Threshold> {
        let stage = &self.plan.stages[self.index];
        let moved = stage.movements.iter().filter(|movement| {
            movement.cost > Money::ZERO && movement.from != stage.placement.location
        });
        let dearest = moved.max_by_key(|movement| movement.cost)?;
        let winner = self.without_moving(dearest)?;
        let amount = Quantity::gigabytes(dearest.amount);
        let amount = amount.times(Quantity::from(dearest.times_per_month));
        let slack = winner.costs.total - self.plan.costs.total;
        let at = along(
            dearest.rate.usd,
            slack,
            amount.millionths().get().into(),
            Towards::Dearer,
        )?;
        Some(Threshold {
            subject: Subject::Data {
                name: dearest.name.clone(),
                from: dearest.from.clone(),
            },
            now: dearest.rate.usd,
            at,
            instead: self.changes(&winner),
        })
    }

    /// The best plan that doesn't move a read between the places that it is moved between now: the
    /// stage is elsewhere, or what makes the data is.
    fn without_moving(&self, movement: &Movement) -> Option<Plan> {
        let mut plans = vec![self.away(self.index)];
        let read = self.planner.order[self.index].reads.get(&movement.name)?;
        if let Source::Output { stage, .. } = &read.source {
            let producer = self.planner.order.iter().position(|s| s.name == *stage)?;
            plans.push(self.away(producer));
        }
        let plans = plans.into_iter().flatten();
        plans.min_by_key(|plan| plan.costs.total)
    }

    /// The best plan in which a stage isn't where it is now.
    fn away(&self, stage: usize) -> Option<Plan> {
        let site = self.chosen[stage].locus.site;
        let mut candidates = self.found[stage].clone();
        candidates
            .kept
            .retain(|candidate| candidate.locus.site != site);
        if candidates.kept.is_empty() {
            return None;
        }
        let solved = self.solved_with(stage, candidates).ok()?;
        (solved.plan.proof == Proof::Optimal).then_some(solved.plan)
    }

    /// Which stages another plan places elsewhere.
    fn changes(&self, other: &Plan) -> Vec<Moved> {
        let pairs = other.stages.iter().zip(&self.plan.stages);
        pairs
            .filter(|(with, without)| with.placement != without.placement)
            .map(|(with, _)| with.into())
            .collect()
    }
}

/// Where a cost of so much per unit (in millionths of units) has grown by `slack`, rounded away from
/// where it starts; `None` below nothing and beyond counting.
fn along(rate: Rate, slack: Money, units: u128, towards: Towards) -> Option<Rate> {
    let far = slack
        .micro_usd()
        .unsigned_abs()
        .checked_mul(MILLION * MILLION)?;
    let pico = far.checked_div(units)?;
    let rate = u128::from(rate.pico_usd());
    let pico = if slack < Money::ZERO {
        rate.checked_sub(pico)?
    } else {
        rate.checked_add(pico)?
    };
    let micro = match towards {
        Towards::Dearer => pico.div_ceil(MILLION),
        Towards::Cheaper => pico / MILLION,
    };
    u64::try_from(micro.checked_mul(MILLION)?)
        .ok()
        .map(Rate::from_pico_usd)
}

/// A candidate as if it had another rate.
fn repriced<'a>(candidate: &Candidate<'a>, rate: Rate) -> Candidate<'a> {
    let sizing = &candidate.sizing;
    let compute = Money::charge(rate, sizing.node_hours());
    let waiting_hour = Money::charge(rate, sizing.waiting_node_hours());
    let wait = candidate.dataset_wait;
    let data = candidate.cost - candidate.compute - candidate.waiting_hour.for_hours(wait);
    Candidate {
        rate: FoundRate::Spec(rate),
        compute,
        waiting_hour,
        cost: compute + data + waiting_hour.for_hours(wait),
        ..candidate.clone()
    }
}

/// One candidate, and no others to fall back on.
fn alone(candidate: Candidate<'_>) -> StageCandidates<'_> {
    StageCandidates {
        kept: vec![candidate],
        nearby: Nearby::default(),
        counts: crate::planning::funnel::Counts::default(),
        escalated: false,
    }
}
