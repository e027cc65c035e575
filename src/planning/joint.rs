//! The joint choice under shared limits: branch and bound around the exact solver.
//!
//! Without limits the solver's answer is the optimum. Where its answer breaks a limit, at least one
//! of the stages that draw on it must draw less in any plan that keeps the limit; so the problem is
//! split into one branch per such stage, each solved again. The relaxed cost bounds every branch
//! from below, and branches are taken cheapest first, so the first answer that breaks nothing is
//! the optimum.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use super::candidate::Candidate;
use super::graph::StageRead;
use super::limits::Limits;
use super::optimise::{self, Cost, FORBIDDEN, Pair, Problem, Unsolved};
use super::sites::SiteIndex;
use crate::units::Money;

/// Most problems solved for one plan; a spec whose limits need more is refused rather than left
/// hanging.
const MAX_BRANCHES: usize = 2_000;

/// Most cells of movement tables looked at by all branches together. A cell costs a nanosecond on
/// chains and trees and up to a tenth of a microsecond on dense graphs: at worst ten seconds or so.
const MAX_CELLS: usize = 100_000_000;

/// Why there is no joint choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoChoice {
    /// Every combination breaks a limit or moves data at an unknown rate.
    Infeasible {
        /// The limits that were in the way, by name; empty when only rates were.
        limits: BTreeSet<String>,
    },
    /// Every combination costs more than can be counted.
    TooDear,
    /// The graph is too dense for an exact answer.
    TooDense,
    /// The limits need more branches than are tried.
    TooManyBranches,
}

/// Stage → limit → the stage's use must stay below this.
type Restrictions = BTreeMap<(usize, u16), u64>;

/// Chooses one candidate for each stage; returns their places in the lists and the cost.
///
/// `movement` gives what a flow costs between two sites by its amount and times, or `None` where
/// that isn't known;
/// [`FORBIDDEN`] where it is too much to count.
pub(crate) fn choose(
    stages: &[&[Candidate<'_>]],
    flows: &[StageRead<'_>],
    limits: &Limits<'_>,
    movement: &dyn Fn(&StageRead<'_>, SiteIndex, SiteIndex) -> Option<Cost>,
) -> Result<Vec<usize>, NoChoice> {
    let tables = movement_tables(stages, flows, movement);
    let mut queue = BinaryHeap::new();
    let mut seen = BTreeSet::new();
    let mut in_the_way = BTreeSet::new();
    if let Some(node) = relaxed(stages, &tables, Restrictions::new())? {
        queue.push(Reverse(node));
    }
    let cells: usize = tables.iter().map(|table| table.costs.len()).sum();
    let most = (MAX_CELLS / cells.max(1)).clamp(1, MAX_BRANCHES);
    let mut branches = 0;
    while let Some(Reverse(node)) = queue.pop() {
        let Some((limit, users)) = broken(&node.choice, stages, limits) else {
            return Ok(node.choice);
        };
        in_the_way.insert(limits.get(limit).name.clone());
        for (stage, amount) in users {
            branches += 1;
            if branches > most {
                return Err(NoChoice::TooManyBranches);
            }
            let mut restrictions = node.restrictions.clone();
            restrictions.insert((stage, limit), amount);
            if !seen.insert(restrictions.clone()) {
                continue;
            }
            if let Some(node) = relaxed(stages, &tables, restrictions)? {
                queue.push(Reverse(node));
            }
        }
    }
    if in_the_way.is_empty() && too_dear(stages, flows, movement) {
        return Err(NoChoice::TooDear);
    }
    Err(NoChoice::Infeasible { limits: in_the_way })
}

/// Whether costs are in the way that are too large to count, rather than rates that aren't known.
fn too_dear(
    stages: &[&[Candidate<'_>]],
    flows: &[StageRead<'_>],
    movement: &dyn Fn(&StageRead<'_>, SiteIndex, SiteIndex) -> Option<Cost>,
) -> bool {
    let least = stages
        .iter()
        .filter_map(|list| list.iter().map(|c| c.cost).min());
    let together: Money = least.sum();
    let flows_too_dear = flows.iter().any(|flow| {
        stages[flow.from].iter().any(|a| {
            let mut to = stages[flow.to].iter();
            to.any(|b| movement(flow, a.site, b.site) == Some(FORBIDDEN))
        })
    });
    together >= Money::from_micro_usd(FORBIDDEN.into()) || flows_too_dear
}

/// A solved problem with some uses of limits forbidden. Ordered by cost, then by choice, so that
/// equal inputs give equal plans.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    cost: Cost,
    choice: Vec<usize>,
    restrictions: Restrictions,
}

/// Costs of moving a flow's data between the sites that its two stages may be at.
struct MovementTable {
    from: usize,
    to: usize,
    /// By candidate of `from`, then of `to`.
    costs: Rc<[Cost]>,
}

/// The tables of all flows. Flows of as much data between the same sites share one: a large spec
/// has few different ones.
fn movement_tables(
    stages: &[&[Candidate<'_>]],
    flows: &[StageRead<'_>],
    movement: &dyn Fn(&StageRead<'_>, SiteIndex, SiteIndex) -> Option<Cost>,
) -> Vec<MovementTable> {
    let sites_of =
        |stage: usize| -> Rc<[SiteIndex]> { stages[stage].iter().map(|c| c.site).collect() };
    let sites: Vec<Rc<[SiteIndex]>> = (0..stages.len()).map(sites_of).collect();
    let mut known: BTreeMap<_, Rc<[Cost]>> = BTreeMap::new();
    let table = |flow: &StageRead<'_>| {
        let (from, to) = (&sites[flow.from], &sites[flow.to]);
        let key = (flow.amount, flow.times, Rc::clone(from), Rc::clone(to));
        let costs = known.entry(key).or_insert_with(|| {
            let pairs = from.iter().flat_map(|a| to.iter().map(move |b| (*a, *b)));
            pairs
                .map(|(a, b)| movement(flow, a, b).unwrap_or(FORBIDDEN))
                .collect()
        });
        MovementTable {
            from: flow.from,
            to: flow.to,
            costs: Rc::clone(costs),
        }
    };
    flows.iter().map(table).collect()
}

/// The optimum when limits are ignored except for the given restrictions.
fn relaxed(
    stages: &[&[Candidate<'_>]],
    tables: &[MovementTable],
    restrictions: Restrictions,
) -> Result<Option<Node>, NoChoice> {
    let allowed = |stage: usize, candidate: &Candidate<'_>| {
        candidate.usage.iter().all(|(limit, amount)| {
            restrictions
                .get(&(stage, *limit))
                .is_none_or(|below| amount < below)
        })
    };
    let cost_of = |stage: usize, candidate: &Candidate<'_>| {
        let micro = Cost::try_from(candidate.cost.micro_usd()).unwrap_or(FORBIDDEN);
        if allowed(stage, candidate) {
            micro
        } else {
            FORBIDDEN
        }
    };
    let unary = stages.iter().enumerate();
    let unary = unary
        .map(|(i, list)| list.iter().map(|c| cost_of(i, c)).collect())
        .collect();
    let pairs = tables
        .iter()
        .map(|t| Pair {
            a: t.from,
            b: t.to,
            costs: Rc::clone(&t.costs),
        })
        .collect();
    match optimise::solve(&Problem { unary, pairs }) {
        Ok(solution) => Ok(Some(Node {
            cost: solution.cost,
            choice: solution.choice,
            restrictions,
        })),
        Err(Unsolved::Infeasible) => Ok(None),
        Err(Unsolved::TooDense) => Err(NoChoice::TooDense),
    }
}

/// The first limit that a choice breaks, and the stages that draw on it with how much.
fn broken(
    choice: &[usize],
    stages: &[&[Candidate<'_>]],
    limits: &Limits<'_>,
) -> Option<(u16, Vec<(usize, u64)>)> {
    let mut users: Vec<Vec<(usize, u64)>> = vec![Vec::new(); limits.len()];
    for (stage, (list, option)) in stages.iter().zip(choice).enumerate() {
        for (limit, amount) in &list[*option].usage {
            users[usize::from(*limit)].push((stage, *amount));
        }
    }
    (0u16..).zip(users).find(|(limit, users)| {
        users.iter().map(|(_, amount)| amount).sum::<u64>() > limits.get(*limit).max
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::{PlaceIndex, TypeIndex};
    use crate::model::CapacityType;
    use crate::planning::candidate::Offered;
    use crate::planning::rivals::undominated;
    use crate::planning::sites::FoundRate;
    use crate::planning::sizing::Sizing;
    use crate::units::{Bytes, Duration, Millionths, Rate};

    type Option3 = (u16, i128, u64);

    fn candidate((site, cost, amount): Option3) -> Candidate<'static> {
        Candidate {
            site: SiteIndex(site),
            offered: Offered::Cloud {
                place: PlaceIndex(site),
                instance_type: TypeIndex(0),
            },
            capacity: CapacityType::OnDemand,
            rate: FoundRate::Spec(Rate::ZERO),
            gpu: None,
            sizing: Sizing {
                nodes: 1,
                replicas: None,
                duration: Duration::ZERO,
                runs: Millionths::ONE,
                estimated_from: None,
                tight: false,
            },
            compute: Money::ZERO,
            cost: Money::from_micro_usd(cost),
            usage: if amount > 0 {
                vec![(0, amount)]
            } else {
                vec![]
            },
        }
    }

    fn read(from: usize, to: usize) -> StageRead<'static> {
        StageRead {
            from,
            to,
            name: "x",
            amount: Bytes::new(1),
            times: Millionths::ONE,
        }
    }

    /// What a flow costs in these tests: by distance, and unknown from site 2 to site 0.
    fn movement(_: &StageRead<'_>, from: SiteIndex, to: SiteIndex) -> Option<Cost> {
        if (from.0, to.0) == (2, 0) {
            None
        } else {
            Some(i64::from(from.0.abs_diff(to.0)) * 7)
        }
    }

    /// The oracle: every combination, one after the other.
    fn exhaustive(stages: &[Vec<Option3>], flows: &[(usize, usize)], max: u64) -> Option<i128> {
        fn walk(
            rest: &[Vec<Option3>],
            taken: &mut Vec<Option3>,
            visit: &mut dyn FnMut(&[Option3]),
        ) {
            let Some((first, rest)) = rest.split_first() else {
                return visit(taken);
            };
            for option in first {
                taken.push(*option);
                walk(rest, taken, visit);
                taken.pop();
            }
        }
        let mut least: Option<i128> = None;
        walk(stages, &mut Vec::new(), &mut |taken| {
            let used: u64 = taken.iter().map(|o| o.2).sum();
            let moved: Option<i128> = flows
                .iter()
                .map(|(a, b)| {
                    let (from, to) = (SiteIndex(taken[*a].0), SiteIndex(taken[*b].0));
                    movement(&read(*a, *b), from, to).map(i128::from)
                })
                .sum();
            let Some(moved) = moved.filter(|_| used <= max) else {
                return;
            };
            let cost = taken.iter().map(|o| o.1).sum::<i128>() + moved;
            least = Some(least.map_or(cost, |l| l.min(cost)));
        });
        least
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn limits_are_kept_at_least_cost(
            stages in proptest::collection::vec(
                proptest::collection::vec((0..3u16, 0..30i128, 0..4u64), 1..=4), 1..=4),
            edges in proptest::collection::vec((0..4usize, 0..4usize), 0..4),
            max in 0..6u64,
        ) {
            let edges: Vec<(usize, usize)> =
                edges.into_iter().filter(|(a, b)| a < b && *b < stages.len()).collect();
            let lists: Vec<Vec<Candidate<'_>>> =
                stages.iter().map(|list| undominated(list.iter().copied().map(candidate))).collect();
            let lists: Vec<&[Candidate<'_>]> = lists.iter().map(Vec::as_slice).collect();
            let reads: Vec<StageRead<'_>> = edges.iter().map(|(a, b)| read(*a, *b)).collect();
            let chosen = choose(&lists, &reads, &Limits::of_maximum(max), &movement);
            let cost = chosen.ok().map(|choice| {
                let own: i128 = lists.iter().zip(&choice).map(|(l, i)| l[*i].cost.micro_usd()).sum();
                let moved: i128 = reads
                    .iter()
                    .map(|r| {
                        let (from, to) = (lists[r.from][choice[r.from]].site, lists[r.to][choice[r.to]].site);
                        i128::from(movement(r, from, to).unwrap())
                    })
                    .sum();
                own + moved
            });
            prop_assert_eq!(cost, exhaustive(&stages, &edges, max));
        }
    }

    #[test]
    fn what_is_dearer_and_draws_no_less_is_left_out() {
        let all = [(0, 5, 4), (0, 6, 4), (0, 7, 3), (0, 8, 5), (1, 9, 4)];
        let kept = undominated(all.map(candidate));
        let kept: Vec<i128> = kept.iter().map(|c| c.cost.micro_usd()).collect();
        assert_eq!(kept, [5, 7, 9]);
    }

    #[test]
    fn costs_beyond_counting_are_told_from_unknown_rates() {
        let dear = [candidate((0, i128::MAX, 0))];
        let chosen = choose(&[&dear], &[], &Limits::of_maximum(2), &movement);
        assert_eq!(chosen, Err(NoChoice::TooDear));
        let (from, to) = ([candidate((2, 1, 0))], [candidate((0, 1, 0))]);
        let chosen = choose(
            &[&from, &to],
            &[read(0, 1)],
            &Limits::of_maximum(2),
            &movement,
        );
        let limits = BTreeSet::new();
        assert_eq!(chosen, Err(NoChoice::Infeasible { limits }));
    }

    #[test]
    fn an_impossible_limit_is_named() {
        let list = [candidate((0, 1, 3))];
        let chosen = choose(&[&list], &[], &Limits::of_maximum(2), &movement);
        let limits = BTreeSet::from(["limit".to_owned()]);
        assert_eq!(chosen, Err(NoChoice::Infeasible { limits }));
    }
}
