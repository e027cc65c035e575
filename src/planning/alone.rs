//! What a choice costs, and what it would if every stage looked at itself alone.

use super::Planner;
use super::candidate::Candidate;
use super::candidates::StageCandidates;
use crate::units::{Duration, Money};

impl<'a> Planner<'a> {
    /// The whole cost of a choice per month; `None` when it moves data at an unknown rate.
    pub(super) fn cost_of(&self, chosen: &[&Candidate<'a>]) -> Option<Money> {
        let own: Money = chosen.iter().map(|candidate| candidate.cost).sum();
        let flows = self.reads.iter().map(|read| {
            let (from, to) = (chosen[read.from], chosen[read.to]);
            self.flow(read, from, to)
        });
        let moved: Option<Money> = flows.sum();
        let credits: Money = self.commitments.credits(chosen).into_iter().sum();
        Some(own + moved? - credits)
    }

    /// The bill when every stage takes what computes cheapest for it, wherever its data is: what a
    /// planner does that looks at one stage after the other. `None` where that isn't permitted.
    pub(super) fn each_alone(
        &self,
        found: &[StageCandidates<'a>],
        chosen: &[&Candidate<'a>],
        deadline: Option<Duration>,
    ) -> Option<Money> {
        let cheapest = found.iter().map(|candidates| {
            let kept = candidates.kept.iter();
            kept.min_by_key(|c| (c.compute, c.sizing.nodes, c.locus, c.offered))
        });
        let alone: Vec<&Candidate<'_>> = cheapest.collect::<Option<_>>()?;
        let keeps = self.limits.broken_hours(&alone).is_empty();
        if !keeps || (0..alone.len()).any(|i| !self.permitted(&alone, i, deadline)) {
            return None;
        }
        let (alone, together) = (self.cost_of(&alone)?, self.cost_of(chosen)?);
        (alone > together).then_some(alone)
    }
}
