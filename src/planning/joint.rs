//! The joint choice under shared limits: branch and bound around the exact solver.
//!
//! Without limits the solver's answer is the optimum. Where its answer breaks a limit, at least one
//! of the stages that draw on it must draw less in any plan that keeps the limit; so the problem is
//! split into one branch per such stage, each solved again. The relaxed cost bounds every branch
//! from below, and branches are taken cheapest first, so the first answer that breaks nothing is
//! the optimum.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::candidates::Candidate;
use super::graph::StageRead;
use super::limits::Limits;
use super::optimise::{self, Cost, FORBIDDEN, Pair, Problem, Unsolved};
use super::sites::SiteIndex;

/// Most problems solved for one plan. Each takes a millisecond or so; a spec whose limits need more
/// is refused rather than left hanging.
const MAX_BRANCHES: usize = 2_000;

/// Why there is no joint choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoChoice {
    /// Every combination breaks a limit or moves data at an unknown rate.
    Infeasible,
    /// The graph is too dense for an exact answer.
    TooDense,
    /// The limits need more branches than are tried.
    TooManyBranches,
}

/// Stage → limit → the stage's use must stay below this.
type Restrictions = BTreeMap<(usize, u16), u64>;

/// Chooses one candidate for each stage; returns their places in the lists and the cost.
///
/// `movement` gives what a flow costs between two sites, or `None` where that isn't known.
pub(crate) fn choose(
    stages: &[&[Candidate<'_>]],
    flows: &[StageRead<'_>],
    limits: &Limits<'_>,
    movement: &dyn Fn(&StageRead<'_>, SiteIndex, SiteIndex) -> Option<Cost>,
) -> Result<Vec<usize>, NoChoice> {
    let tables: Vec<MovementTable> = flows
        .iter()
        .map(|flow| MovementTable::new(flow, stages, movement))
        .collect();
    let mut queue = BinaryHeap::new();
    let mut seen = std::collections::BTreeSet::new();
    if let Some(node) = relaxed(stages, &tables, Restrictions::new())? {
        queue.push(Reverse(node));
    }
    let mut branches = 0;
    while let Some(Reverse(node)) = queue.pop() {
        let Some((limit, users)) = broken(&node.choice, stages, limits) else {
            return Ok(node.choice);
        };
        for (stage, amount) in users {
            branches += 1;
            if branches > MAX_BRANCHES {
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
    Err(NoChoice::Infeasible)
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
    costs: Vec<Cost>,
}

impl MovementTable {
    fn new(
        flow: &StageRead<'_>,
        stages: &[&[Candidate<'_>]],
        movement: &dyn Fn(&StageRead<'_>, SiteIndex, SiteIndex) -> Option<Cost>,
    ) -> Self {
        let from = stages[flow.from].iter();
        let costs = from.flat_map(|a| {
            let to = stages[flow.to].iter();
            to.map(move |b| movement(flow, a.site, b.site).unwrap_or(FORBIDDEN))
        });
        Self {
            from: flow.from,
            to: flow.to,
            costs: costs.collect(),
        }
    }
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
            costs: t.costs.clone(),
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
