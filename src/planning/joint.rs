//! The joint choice as a problem for the exact solver: what stages and the data between them cost,
//! and the limits that they share.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::candidate::Candidate;
use super::graph::StageRead;
use super::limits::Limits;
use super::optimise::{Cost, FORBIDDEN, Pair, Problem};
use super::sites::SiteIndex;
use super::solve::work::Work;
use super::solve::{self, Constraint, Coupled, Objective, Outcome, Weight};
use crate::units::Money;

/// A candidate for each stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// By stage, the place of its candidate in the list.
    pub(crate) candidates: Vec<usize>,
    /// What no choice costs less than, if the search for a better one was stopped.
    pub(crate) lower: Option<Money>,
}

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
    /// None was found in the time given, and none was shown not to exist.
    Stopped,
}

/// Chooses one candidate for each stage.
///
/// `movement` gives what a flow costs between two sites by its amount and times, or `None` where
/// that isn't known; [`FORBIDDEN`] where it is too much to count.
pub(crate) fn choose(
    stages: &[&[Candidate<'_>]],
    flows: &[StageRead<'_>],
    limits: &Limits<'_>,
    movement: &dyn Fn(&StageRead<'_>, SiteIndex, SiteIndex) -> Option<Cost>,
    work: &mut Work<'_>,
) -> Result<Choice, NoChoice> {
    let problem = Coupled {
        additive: Problem {
            unary: stages.iter().map(|list| own_costs(list)).collect(),
            pairs: movement_tables(stages, flows, movement),
        },
        constraints: constraints(stages, limits),
        lazy: None,
        credits: Vec::new(),
        objective: Objective::Cost,
    };
    match solve::solve(&problem, work) {
        Outcome::Optimal(found) => Ok(Choice {
            candidates: found.choice,
            lower: None,
        }),
        Outcome::Within { found, lower } => Ok(Choice {
            candidates: found.choice,
            lower: Some(Money::from_micro_usd(lower.cost.into())),
        }),
        Outcome::Infeasible { in_the_way } => {
            if in_the_way.is_empty() && too_dear(stages, flows, movement) {
                return Err(NoChoice::TooDear);
            }
            Err(NoChoice::Infeasible { limits: in_the_way })
        }
        Outcome::Stopped { .. } => Err(NoChoice::Stopped),
    }
}

fn own_costs(list: &[Candidate<'_>]) -> Vec<Cost> {
    let micro = |c: &Candidate<'_>| Cost::try_from(c.cost.micro_usd()).unwrap_or(FORBIDDEN);
    list.iter().map(micro).collect()
}

/// The limits that some candidate draws on: what stages use together must fit.
fn constraints(stages: &[&[Candidate<'_>]], limits: &Limits<'_>) -> Vec<Constraint> {
    let weights = |amount: u64| Weight::try_from(amount).unwrap_or(Weight::MAX);
    let of_limit = |limit: u16| {
        let draws = |candidate: &Candidate<'_>| {
            let mut usage = candidate.usage.iter();
            usage.find(|(other, _)| *other == limit).map_or(0, |u| u.1)
        };
        let unary = stages.iter().enumerate().filter_map(|(stage, list)| {
            let amounts: Rc<[Weight]> = list.iter().map(|c| weights(draws(c))).collect();
            amounts.iter().any(|w| *w > 0).then_some((stage, amounts))
        });
        let unary: Vec<(usize, Rc<[Weight]>)> = unary.collect();
        (!unary.is_empty()).then(|| Constraint {
            name: limits.get(limit).name.clone(),
            limit: weights(limits.get(limit).max),
            unary,
            pairs: Vec::new(),
        })
    };
    let all = 0..u16::try_from(limits.len()).unwrap_or(u16::MAX);
    all.filter_map(of_limit).collect()
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

/// The tables of all flows. Flows of as much data between the same sites share one: a large spec
/// has few different ones.
fn movement_tables(
    stages: &[&[Candidate<'_>]],
    flows: &[StageRead<'_>],
    movement: &dyn Fn(&StageRead<'_>, SiteIndex, SiteIndex) -> Option<Cost>,
) -> Vec<Pair> {
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
        Pair {
            a: flow.from,
            b: flow.to,
            costs: Rc::clone(costs),
        }
    };
    flows.iter().map(table).collect()
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
            let chosen = choose(&lists, &reads, &Limits::of_maximum(max), &movement, &mut Work::by_default(&|| false));
            let proven = chosen.ok().filter(|choice| choice.lower.is_none());
            let cost = proven.map(|choice| {
                let choice = choice.candidates;
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
        let chosen = choose(
            &[&dear],
            &[],
            &Limits::of_maximum(2),
            &movement,
            &mut Work::by_default(&|| false),
        );
        assert_eq!(chosen, Err(NoChoice::TooDear));
        let (from, to) = ([candidate((2, 1, 0))], [candidate((0, 1, 0))]);
        let chosen = choose(
            &[&from, &to],
            &[read(0, 1)],
            &Limits::of_maximum(2),
            &movement,
            &mut Work::by_default(&|| false),
        );
        let limits = BTreeSet::new();
        assert_eq!(chosen, Err(NoChoice::Infeasible { limits }));
    }

    #[test]
    fn an_impossible_limit_is_named() {
        let list = [candidate((0, 1, 3))];
        let chosen = choose(
            &[&list],
            &[],
            &Limits::of_maximum(2),
            &movement,
            &mut Work::by_default(&|| false),
        );
        let limits = BTreeSet::from(["limit".to_owned()]);
        assert_eq!(chosen, Err(NoChoice::Infeasible { limits }));
    }
}
