//! Which stages share nodes: one pool for several of them, as small teams have it, or a pool for
//! each.
//!
//! Stages that name one pool share it. Those that say `auto` share wherever that costs less: every
//! way to part them into pools is tried, each with an exact joint choice. What the other way would
//! cost is told too, and from which growth of the needs on a pool for each stage costs less.

use std::collections::BTreeMap;

use super::candidate::Candidate;
use super::candidates::StageCandidates;
use super::freeze::Chosen;
use super::joint::NoChoice;
use super::plan::{SharedPool, Sharing};
use super::pool_search::PoolCandidates;
use super::rank::Rank;
use super::{Objective, Options, Planner};
use crate::catalog::Catalog;
use crate::model::{Demand, Project, Share};
use crate::units::{Duration, Millionths, Money};

/// Largest growth that is looked at.
const MOST_GROWTH: u64 = 64;

/// How finely the growth is told at which splitting pays: in tenths.
const TENTHS: u64 = 10;

/// One way to share: the places of the stages of each pool.
type Pools = Vec<Vec<usize>>;

/// The stages that may share, of one project.
struct Shares<'a> {
    /// By pool that stages name: those stages.
    named: BTreeMap<&'a str, Vec<usize>>,
    auto: Vec<usize>,
}

impl<'a> Shares<'a> {
    fn of(planner: &Planner<'a>) -> Self {
        let mut shares = Self {
            named: BTreeMap::new(),
            auto: Vec::new(),
        };
        for (index, stage) in planner.order.iter().enumerate() {
            match &stage.share {
                Share::Never => {}
                Share::Auto => shares.auto.push(index),
                Share::Pool(name) => shares.named.entry(&name.value).or_default().push(index),
            }
        }
        shares.named.retain(|_, stages| stages.len() > 1);
        shares
    }

    /// Every way to share. In the first, `auto` stages stand alone.
    fn ways(&self) -> Vec<Pools> {
        let named: Pools = self.named.values().cloned().collect();
        let parts = partitions(&self.auto);
        let way = |parts: Pools| {
            let shared = parts.into_iter().filter(|part| part.len() > 1);
            named.iter().cloned().chain(shared).collect()
        };
        parts.into_iter().map(way).collect()
    }

    /// The name that the stages of a pool give it.
    fn name(&self, pool: &[usize]) -> Option<String> {
        let mut named = self.named.iter();
        let named = named.find(|(_, stages)| stages.as_slice() == pool);
        named.map(|(name, _)| (*name).to_owned())
    }
}

/// All ways to part a list into non-empty sets; each alone first.
fn partitions(all: &[usize]) -> Vec<Pools> {
    let Some((last, rest)) = all.split_last() else {
        return vec![Vec::new()];
    };
    let mut ways = Vec::new();
    for way in partitions(rest) {
        let mut alone = way.clone();
        alone.push(vec![*last]);
        ways.push(alone);
        for part in 0..way.len() {
            let mut joined = way.clone();
            joined[part].push(*last);
            ways.push(joined);
        }
    }
    // The way with the most parts has every stage alone.
    ways.sort_by_key(|way| std::cmp::Reverse(way.len()));
    ways
}

/// Candidates of pools that were looked for, by their stages.
pub(super) type KnownPools<'a> = BTreeMap<Vec<usize>, PoolCandidates<'a>>;

impl<'a> Planner<'a> {
    /// Whether stages of the spec may share nodes.
    fn may_share(&self) -> bool {
        let shares = Shares::of(self);
        !shares.named.is_empty() || shares.auto.len() > 1
    }

    /// The pools that two stages or more name.
    pub(super) fn named_pools(&self) -> Vec<&'a str> {
        Shares::of(self).named.into_keys().collect()
    }

    /// The candidates of every pool that some way to share has.
    pub(super) fn pools(
        &self,
        found: &[StageCandidates<'a>],
        options: &Options<'_>,
    ) -> KnownPools<'a> {
        let ways = Shares::of(self).ways();
        let matters = self.matters(options);
        let mut known = KnownPools::new();
        for pool in ways.into_iter().flatten() {
            if stopped(options) {
                break;
            }
            known
                .entry(pool)
                .or_insert_with_key(|pool| self.pool_candidates(pool, found, &matters));
        }
        known
    }

    /// The best choice, over all ways to share that these pools allow.
    pub(super) fn decide<'c>(
        &self,
        found: &'c [StageCandidates<'a>],
        known: &'c KnownPools<'a>,
        options: &Options<'_>,
    ) -> Result<Decided<'c, 'a>, NoChoice> {
        if self.may_share() {
            return self.choose_sharing(found, known, options);
        }
        Ok(Decided {
            chosen: self.choose_with(found, known, &[], options)?,
            sharing: None,
        })
    }

    /// The best choice over all ways to share; and what the best with no pool at all costs.
    fn choose_sharing<'c>(
        &self,
        found: &'c [StageCandidates<'a>],
        known: &'c KnownPools<'a>,
        options: &Options<'_>,
    ) -> Result<Decided<'c, 'a>, NoChoice> {
        let shares = Shares::of(self);
        let apart = self.choose_with(found, known, &[], options);
        let (mut best, mut shared): (Option<Way<'c, 'a>>, Option<Money>) = (None, None);
        let (mut why, mut bound) = (None, Rank::WORST);
        for pools in shares.ways() {
            if !pools.iter().all(|pool| known.contains_key(pool)) {
                // Perhaps there was no time to look for its offerings.
                if stopped(options) {
                    bound = Rank::BEST;
                    why.get_or_insert(NoChoice::Stopped);
                }
                continue;
            }
            let chosen = if pools.is_empty() {
                apart.clone()
            } else {
                self.choose_with(found, known, &pools, options)
            };
            let chosen = match chosen {
                Ok(chosen) => chosen,
                Err(reason) => {
                    // Of a way that nothing was found for in time, nothing is known either.
                    if matches!(reason, NoChoice::Stopped) {
                        bound = Rank::BEST;
                    }
                    why.get_or_insert(reason);
                    continue;
                }
            };
            let rank = self.rank(&chosen, options);
            bound = bound.min(rank.bound(chosen.proof));
            if !pools.is_empty() {
                shared = shared.into_iter().chain([rank.cost]).min();
            }
            if best.as_ref().is_none_or(|best| rank < best.rank) {
                best = Some(Way {
                    chosen,
                    pools,
                    rank,
                });
            }
        }
        let Some(mut best) = best else {
            let limits = std::collections::BTreeSet::new();
            return Err(why.unwrap_or(NoChoice::Infeasible { limits }));
        };
        best.chosen.proof = best.rank.proof(bound, best.chosen.proof);
        let apart = apart
            .ok()
            .and_then(|chosen| self.cost_of(&chosen.candidates));
        let pool = |pool: &Vec<usize>| SharedPool {
            name: shares.name(pool),
            stages: pool.iter().map(|s| self.order[*s].name.clone()).collect(),
        };
        Ok(Decided {
            sharing: Some(Sharing {
                pools: best.pools.iter().map(pool).collect(),
                shared,
                apart,
                apart_pays_from: None,
                growth_unknown: false,
            }),
            chosen: best.chosen,
        })
    }

    fn rank(&self, chosen: &Chosen<'_, 'a>, options: &Options<'_>) -> Rank {
        Rank {
            exceeds: chosen.exceeds,
            time: match options.objective {
                Objective::Cost => Duration::ZERO,
                Objective::Time => self.pass().longest(&chosen.candidates).0,
            },
            cost: self.cost_of(&chosen.candidates).unwrap_or(Money::MAX),
        }
    }

    /// The best choice with those pools.
    fn choose_with<'c>(
        &self,
        found: &'c [StageCandidates<'a>],
        known: &'c KnownPools<'a>,
        pools: &[Vec<usize>],
        options: &Options<'_>,
    ) -> Result<Chosen<'c, 'a>, NoChoice> {
        let mut stages: Vec<&'c [Candidate<'a>]> =
            found.iter().map(|c| c.kept.as_slice()).collect();
        for pool in pools {
            let Some(lists) = known.get(pool) else {
                continue;
            };
            for (stage, list) in pool.iter().zip(lists) {
                stages[*stage] = list;
            }
        }
        let chosen = self.choose(&stages, pools, options)?;
        let of = |pool: &Vec<usize>| Some((pool.clone(), known.get(pool)?));
        Ok(Chosen {
            pools: pools.iter().filter_map(of).collect(),
            ..chosen
        })
    }

    /// From which growth of all needs on it costs less to give each stage a pool of its own; `None`
    /// when that isn't so up to [`MOST_GROWTH`] times as much.
    ///
    /// Growth is of requests, most replicas and runs alike. Where time counts first, cost doesn't
    /// decide, so nothing is told.
    pub(super) fn apart_pays_from(
        &self,
        pools: &[Vec<usize>],
        options: &Options<'_>,
    ) -> Option<Millionths> {
        if pools.is_empty() || options.objective == Objective::Time {
            return None;
        }
        let growth = self.growth(pools, options);
        // What was found without the time to look isn't so.
        growth.filter(|_| !stopped(options))
    }

    fn growth(&self, pools: &[Vec<usize>], options: &Options<'_>) -> Option<Millionths> {
        let pays = |tenths: u64| {
            let project = grown(self.project, tenths);
            !stopped(options) && apart_costs_less(&project, self.catalog, pools, options)
        };
        if pays(TENTHS) {
            return Some(Millionths::ONE);
        }
        let mut pays_not = TENTHS;
        let mut high = 2 * TENTHS;
        while !pays(high) {
            pays_not = high;
            high *= 2;
            if high > MOST_GROWTH * TENTHS {
                return None;
            }
        }
        while high - pays_not > 1 {
            let middle = u64::midpoint(pays_not, high);
            if pays(middle) {
                high = middle;
            } else {
                pays_not = middle;
            }
        }
        Some(Millionths::new(high * 1_000_000 / TENTHS))
    }
}

/// Whether the time to search is over.
pub(super) fn stopped(options: &Options<'_>) -> bool {
    options.stop.is_some_and(|stop| stop())
}

/// One way to share and what it chose.
struct Way<'c, 'a> {
    chosen: Chosen<'c, 'a>,
    pools: Pools,
    rank: Rank,
}

/// The best choice, and what sharing has to do with it.
pub(super) struct Decided<'c, 'a> {
    pub(super) chosen: Chosen<'c, 'a>,
    /// `None` when no stage may share.
    pub(super) sharing: Option<Sharing>,
}

/// Whether pools of their own cost less than these shared ones; so too when those can't be had.
fn apart_costs_less(
    project: &Project,
    catalog: &Catalog,
    pools: &[Vec<usize>],
    options: &Options<'_>,
) -> bool {
    let planner = Planner::new(project, catalog);
    let found = planner.candidates(options);
    if found.iter().any(|candidates| candidates.kept.is_empty()) {
        return false;
    }
    let matters = planner.matters(options);
    let mut known = KnownPools::new();
    for pool in pools {
        known.insert(
            pool.clone(),
            planner.pool_candidates(pool, &found, &matters),
        );
    }
    let cost = |pools: &[Vec<usize>]| {
        let chosen = planner.choose_with(&found, &known, pools, options).ok()?;
        planner.cost_of(&chosen.candidates)
    };
    match (cost(&[]), cost(pools)) {
        (Some(apart), Some(shared)) => apart < shared,
        (apart, None) => apart.is_some(),
        (None, Some(_)) => false,
    }
}

/// A project whose stages do so many tenths of what they do.
fn grown(project: &Project, tenths: u64) -> Project {
    let mut grown = project.clone();
    let times = |value: Millionths| Millionths::new(value.get().saturating_mul(tenths) / TENTHS);
    for stage in grown.stages.values_mut() {
        match &mut stage.demand {
            Demand::Runs(runs) => runs.per_month.runs = times(runs.per_month.runs),
            Demand::AlwaysOn { traffic, replicas } => {
                let more = u64::from(replicas.max)
                    .saturating_mul(tenths)
                    .div_ceil(TENTHS);
                replicas.max = u32::try_from(more).unwrap_or(u32::MAX);
                if let Some(traffic) = traffic {
                    traffic.peak_rps.value = times(traffic.peak_rps.value);
                }
            }
        }
    }
    grown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_stages_are_parted_in_fifteen_ways() {
        let ways = partitions(&[1, 2, 3, 4]);
        assert_eq!(ways.len(), 15);
        assert_eq!(ways[0], [[1], [2], [3], [4]]);
        let mut different = ways.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), 15);
    }
}
