//! What `apply` may take instead, without asking again, where an offering is out of stock.
//!
//! The stages around stay where they are, so a fallback costs what it costs there: nodes, data and
//! waiting. None of them breaks a limit or a deadline.

use super::Planner;
use super::bill;
use super::candidate::Candidate;
use super::candidates::StageCandidates;
use super::freeze::Chosen;
use super::plan::Fallback;
use crate::model::CapacityType;
use crate::units::{Duration, Money};

/// Most fallbacks of a stage. A handful of other zones and types covers what runs out in practice,
/// and a plan with more would be harder to review than to make anew.
const MOST: usize = 5;

impl<'a> Planner<'a> {
    /// The best offerings beside the chosen one, cheapest first. The last is on demand wherever one
    /// is: spot capacity may be used up in all zones at once. With them too a pass ends by `deadline`.
    pub(super) fn fallbacks(
        &self,
        index: usize,
        found: &StageCandidates<'a>,
        chosen: &Chosen<'_, 'a>,
        deadline: Option<Duration>,
    ) -> Vec<Fallback> {
        let now = chosen.candidates[index];
        if now.shared_with.is_some() {
            return self.pool_fallbacks(index, chosen, deadline);
        }
        let chosen = &chosen.candidates;
        let others = found.nearby.candidates();
        let others: Vec<Candidate<'a>> = others
            .filter(|other| (other.offered, other.capacity) != (now.offered, now.capacity))
            .collect();
        let mut ranked: Vec<(Money, &Candidate<'a>)> = others
            .iter()
            .filter_map(|other| Some((self.beside(index, other, chosen)?, other)))
            .collect();
        ranked.sort_by(|a, b| (a.0, a.1.order()).cmp(&(b.0, b.1.order())));
        let cost = self.beside(index, now, chosen).unwrap_or_default();
        let fitting = ranked
            .iter()
            .filter(|(_, other)| self.permitted(&replaced(index, other, chosen), index, deadline));
        let mut best: Vec<&(Money, &Candidate<'a>)> = Vec::new();
        for fallback in fitting {
            let on_demand = fallback.1.capacity != CapacityType::Spot;
            let has_one = best.iter().any(|(_, c)| c.capacity != CapacityType::Spot);
            if best.len() < MOST - 1 || on_demand || has_one {
                best.push(fallback);
            }
            if best.len() == MOST {
                break;
            }
        }
        best.into_iter()
            .map(|(with, other)| Fallback {
                placement: self.placement(other),
                rate: bill::cite(other.rate, self.catalog),
                added: *with - cost,
            })
            .collect()
    }

    /// The other places that the stages of a pool could move to together; told with the stage that
    /// holds the nodes.
    fn pool_fallbacks(
        &self,
        index: usize,
        chosen: &Chosen<'_, 'a>,
        deadline: Option<Duration>,
    ) -> Vec<Fallback> {
        let (now, mut pools) = (&chosen.candidates, chosen.pools.iter());
        let pool = pools.find(|(stages, _)| stages.contains(&index));
        let (Some((stages, lists)), true) = (pool, now[index].shared_with == Some(index)) else {
            return Vec::new();
        };
        let Some((own, cost)) = stages
            .iter()
            .position(|s| *s == index)
            .zip(self.cost_of(now))
        else {
            return Vec::new();
        };
        let moved = |option: usize| {
            let mut with = now.clone();
            for (stage, list) in stages.iter().zip(*lists) {
                with[*stage] = &list[option];
            }
            let other = with[index];
            let elsewhere =
                (other.offered, other.capacity) != (now[index].offered, now[index].capacity);
            let permitted = || {
                stages
                    .iter()
                    .all(|stage| self.permitted(&with, *stage, deadline))
            };
            let cost = (elsewhere && permitted()).then(|| self.cost_of(&with))??;
            Some((cost, other))
        };
        let mut ranked: Vec<_> = (0..lists[own].len()).filter_map(moved).collect();
        ranked.sort_by(|a, b| (a.0, a.1.order()).cmp(&(b.0, b.1.order())));
        let best = ranked.into_iter().take(MOST);
        best.map(|(with, other)| Fallback {
            placement: self.placement(other),
            rate: bill::cite(other.rate, self.catalog),
            added: with - cost,
        })
        .collect()
    }

    /// What a stage on a candidate costs, with all its reads and those that read from it.
    fn beside(
        &self,
        index: usize,
        candidate: &Candidate<'a>,
        chosen: &[&Candidate<'a>],
    ) -> Option<Money> {
        let mut cost = candidate.cost;
        for read in self.reads_beside(index) {
            if read.to == index {
                cost += self.flow(read, chosen[read.from], candidate)?;
            } else if read.from == index {
                cost += self.flow(read, candidate, chosen[read.to])?;
            }
        }
        if candidate.covered_by != 0 || chosen[index].covered_by != 0 {
            let with = replaced(index, candidate, chosen);
            let credits: Money = self.commitments.credits(&with).into_iter().sum();
            cost = cost - credits;
        }
        Some(cost)
    }
}

/// A choice with another candidate for one stage.
fn replaced<'c, 'a>(
    index: usize,
    candidate: &'c Candidate<'a>,
    chosen: &[&'c Candidate<'a>],
) -> Vec<&'c Candidate<'a>> {
    let mut with = chosen.to_vec();
    with[index] = candidate;
    with
}
