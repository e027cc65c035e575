//! What less time costs: the front of plans that nothing beats in both cost and time.

use super::candidates::StageCandidates;
use super::freeze::Chosen;
use super::joint::NoChoice;
use super::plan::{Placement, Proof};
use super::{Objective, Options, Planner, infeasible};
use crate::diagnostics::Diagnostics;
use crate::units::{Duration, Money};

/// How much faster the next plan must be, as a part of the time: plans that end a second sooner than
/// the one before are no choice to anybody.
const STEP: u64 = 100;

/// Most plans of a front.
const MOST: usize = 40;

/// One plan of the front.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ParetoPoint {
    /// Expected time of one pass through all stages.
    pub pass: Duration,
    /// Per month.
    pub cost: Money,
    /// How good it is for its time.
    pub proof: Proof,
    /// By stage, in the order of their data: its name and what it runs on.
    pub placements: Vec<(String, Placement)>,
}

/// Plans that nothing beats in both cost and time, the cheapest first. Each is faster than the one
/// before by at least one hundredth.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ParetoFront {
    /// The plans.
    pub points: Vec<ParetoPoint>,
    /// Whether faster plans were left out because there are so many.
    pub cut_off: bool,
}

impl<'a> Planner<'a> {
    /// The front, from the plan of least cost to the fastest.
    pub(super) fn pareto(
        &self,
        found: &[StageCandidates<'a>],
        options: &Options<'_>,
    ) -> Result<ParetoFront, Diagnostics> {
        let mut points: Vec<ParetoPoint> = Vec::new();
        let mut deadline = options.deadline;
        let pools = self.pools(found, options);
        while points.len() < MOST {
            let under = Options {
                objective: Objective::Cost,
                deadline,
                ..*options
            };
            match self.decide(found, &pools, &under) {
                Ok(decided) => points.push(self.point(&decided.chosen)),
                Err(NoChoice::Infeasible { .. } | NoChoice::Stopped) if !points.is_empty() => break,
                Err(why) => return Err(infeasible::joint(why).into()),
            }
            let pass = points[points.len() - 1].pass;
            let step = (pass.millis() / STEP).max(1);
            let Some(less) = pass.millis().checked_sub(step) else {
                break;
            };
            deadline = Some(Duration::from_millis(less));
        }
        let cut_off = points.len() == MOST;
        Ok(ParetoFront { points, cut_off })
    }

    fn point(&self, chosen: &Chosen<'_, 'a>) -> ParetoPoint {
        let placements = self.order.iter().zip(&chosen.candidates);
        ParetoPoint {
            pass: self.pass().longest(&chosen.candidates).0,
            cost: self.cost_of(&chosen.candidates).unwrap_or(Money::MAX),
            proof: chosen.proof,
            placements: placements
                .map(|(stage, candidate)| (stage.name.clone(), self.placement(candidate)))
                .collect(),
        }
    }
}
