//! The cheapest mix of GPU types for one service.
//!
//! A type may be good value for short requests and poor for long ones, so the cheapest way to
//! serve all of them is often several types at once (T. Griggs et al., "Mélange: Cost Efficient Large
//! Language Model Serving by Exploiting GPU Heterogeneity", 2024). With `n_g` nodes of type `g` and
//! the rate `x_bg` of bucket `b` that goes to it:
//!
//! ```text
//! minimise   Σ n_g · cost_g
//! such that  Σ_g x_bg = rate_b                                for every bucket
//!            Σ_b x_bg / throughput_bg ≤ n_g · utilisation     for every type
//!            n_g whole, at most most_g
//! ```
//!
//! `relaxation` solves this without "whole" and gives a bound that is proven by itself. Best-first
//! branch and bound on the counts does the rest; rounding a relaxed answer up always gives a mix.

mod relaxation;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Entries of the linear programs' tables that may be computed for one service, some tenths of a
/// second, before the best mix so far is given without a proof. A handful of types and buckets takes less
/// than a thousandth of it.
const MOST_WORK: u64 = 100_000_000;

/// Entries of a table beyond which none is set up.
const LARGEST_TABLE: usize = 1_000_000;

/// Nodes of one type beyond which floats would not tell counts apart as they must.
const MOST_NODES: u32 = 1_000_000;

/// A type of node that may serve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeType {
    /// Cost of a node in micro-USD per hour.
    pub(crate) cost: u64,
    /// Most nodes of it; more than a million are taken as a million.
    pub(crate) most: u32,
}

/// Requests that are alike, for example in length.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    /// Requests per second.
    pub(crate) rate: f64,
    /// Requests per second of this bucket alone that one node of each type can answer; `None` (or
    /// what isn't positive) when it can't.
    pub(crate) throughput: Vec<Option<f64>>,
}

/// How many nodes of which type serve what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mix {
    /// Nodes of each type.
    pub(crate) nodes: Vec<u32>,
    /// Their cost in micro-USD per hour.
    pub(crate) cost: u128,
    /// No mix costs less than this, in micro-USD per hour; equal to `cost` when that is proven to be
    /// the least.
    pub(crate) bound: u128,
    /// Requests per second of each bucket (first index) that go to each type.
    pub(crate) split: Vec<Vec<f64>>,
}

/// Why there is no mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoMix {
    /// Not even all nodes there are can serve every request.
    NotEnough,
    /// Rates that are negative or no numbers, a utilisation that isn't positive, or buckets that
    /// don't speak of every type.
    Malformed,
    /// Too many types and buckets to compute with in bounded time.
    TooLarge,
}

/// The problem as the solver sees it: `work[b][g]` is the share of a node of `g` that the whole of
/// bucket `b` takes, infinite where it can't be served.
struct Problem {
    costs: Vec<f64>,
    exact_costs: Vec<u64>,
    work: Vec<Vec<f64>>,
}

/// Returns the cheapest mix that serves all `buckets` with every node at most `utilisation` (0 to
/// 1) busy.
///
/// Exact up to the rounding of floats: capacity may be exceeded by a billionth. Mixes of equal cost are
/// told apart by the order of types only, so equal inputs give equal mixes.
///
/// # Errors
///
/// [`NoMix`] says why there is none.
pub(crate) fn cheapest(
    types: &[NodeType],
    buckets: &[Bucket],
    utilisation: f64,
) -> Result<Mix, NoMix> {
    cheapest_within(MOST_WORK, types, buckets, utilisation)
}

fn cheapest_within(
    work: u64,
    types: &[NodeType],
    buckets: &[Bucket],
    utilisation: f64,
) -> Result<Mix, NoMix> {
    let problem = Problem::new(types, buckets, utilisation)?;
    let most = types.iter().enumerate();
    let most = most.map(|(g, t)| t.most.min(MOST_NODES).min(problem.enough(g)));
    let mut search = Search {
        problem: &problem,
        best: None,
        open: BinaryHeap::new(),
        n_parts: 0,
        work_left: work,
    };
    search.relax(vec![0; types.len()], most.collect(), 0);
    let bound = search.run();
    let best = match search.best {
        Some(best) => best,
        None if search.work_left == 0 => return Err(NoMix::TooLarge),
        None => return Err(NoMix::NotEnough),
    };
    let share = |(part, bucket): (&Vec<f64>, &Bucket)| {
        let rates = part.iter().map(|share| share * bucket.rate);
        rates.collect()
    };
    Ok(Mix {
        split: best.shares.iter().zip(buckets).map(share).collect(),
        bound: bound.min(best.cost),
        nodes: best.nodes,
        cost: best.cost,
    })
}

impl Problem {
    fn new(types: &[NodeType], buckets: &[Bucket], utilisation: f64) -> Result<Self, NoMix> {
        let is_sound = |bucket: &Bucket| {
            bucket.rate >= 0.0 && bucket.rate.is_finite() && bucket.throughput.len() == types.len()
        };
        let is_share = utilisation > 0.0 && utilisation <= 1.0;
        if !is_share || !buckets.iter().all(is_sound) {
            return Err(NoMix::Malformed);
        }
        let rows = types.len().saturating_mul(buckets.len().saturating_add(1));
        let columns = types.len().saturating_mul(3).saturating_add(buckets.len());
        if rows.saturating_mul(columns) > LARGEST_TABLE {
            return Err(NoMix::TooLarge);
        }
        let work = |bucket: &Bucket| {
            let of = |throughput: &Option<f64>| match throughput {
                // A bucket without requests is no work anywhere.
                _ if bucket.rate == 0.0 => 0.0,
                Some(t) if *t > 0.0 => bucket.rate / t / utilisation,
                _ => f64::INFINITY,
            };
            bucket.throughput.iter().map(of).collect()
        };
        Ok(Self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "only bounds are computed with it, and they allow for it"
            )]
            costs: types.iter().map(|t| t.cost as f64).collect(),
            exact_costs: types.iter().map(|t| t.cost).collect(),
            work: buckets.iter().map(work).collect(),
        })
    }

    /// The nodes of a type with which it could serve all that it can, so that more are no use.
    fn enough(&self, g: usize) -> u32 {
        let works = self.work.iter().map(|work| work[g]);
        relaxation::whole(works.filter(|work| work.is_finite()).sum::<f64>().ceil())
    }

    fn cost_of(&self, nodes: &[u32]) -> u128 {
        let costs = self.exact_costs.iter().zip(nodes);
        costs.map(|(c, n)| u128::from(*c) * u128::from(*n)).sum()
    }
}

/// A mix found, with the share of each bucket that goes to each type.
struct Found {
    nodes: Vec<u32>,
    shares: Vec<Vec<f64>>,
    cost: u128,
}

/// A part of the search: counts from `least` to `most`. Ordered by bound, then as found.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    bound: u128,
    found: usize,
    least: Vec<u32>,
    most: Vec<u32>,
    /// The type to branch on, and the whole number below its relaxed count.
    branch: (usize, u32),
}

struct Search<'a> {
    problem: &'a Problem,
    best: Option<Found>,
    open: BinaryHeap<Reverse<Open>>,
    n_parts: usize,
    work_left: u64,
}

impl Search<'_> {
    /// Branches until nothing open can be better than the best mix, and returns the bound proven.
    fn run(&mut self) -> u128 {
        while let Some(Reverse(part)) = self.open.pop() {
            if self.is_no_better(part.bound) || self.work_left == 0 {
                return part.bound;
            }
            let (branch, below) = part.branch;
            let mut fewer = part.most.clone();
            fewer[branch] = below;
            let mut more = part.least.clone();
            more[branch] = below + 1;
            self.relax(part.least, fewer, part.bound);
            self.relax(more, part.most, part.bound);
        }
        u128::MAX
    }

    fn is_no_better(&self, bound: u128) -> bool {
        self.best.as_ref().is_some_and(|best| bound >= best.cost)
    }

    /// Solves a part without "whole", keeps the mix that rounding up gives if it is the best so
    /// far, and leaves the part open if it may hold a better one. `bound` is that of the whole.
    fn relax(&mut self, least: Vec<u32>, most: Vec<u32>, bound: u128) {
        self.n_parts += 1;
        let relaxed = relaxation::solve(self.problem, &least, &most, &mut self.work_left);
        let Some(relaxed) = relaxed else {
            return;
        };
        let nodes = rounded_up(&relaxed.shares, self.problem, &least, &most);
        if let Some(nodes) = nodes {
            let cost = self.problem.cost_of(&nodes);
            if !self.is_no_better(cost) {
                self.best = Some(Found {
                    nodes,
                    shares: relaxed.shares,
                    cost,
                });
            }
        }
        let bound = bound.max(relaxed.bound).max(self.problem.cost_of(&least));
        if self.is_no_better(bound) {
            return;
        }
        if let Some(branch) = branch(&relaxed.nodes, &least, &most) {
            self.open.push(Reverse(Open {
                bound,
                found: self.n_parts,
                least,
                most,
                branch,
            }));
        }
    }
}

/// The counts, at least `least`, that the shares take; `None` if one exceeds `most`, as can happen
/// by rounding only. A billionth over a whole node is rounding too.
fn rounded_up(
    shares: &[Vec<f64>],
    problem: &Problem,
    least: &[u32],
    most: &[u32],
) -> Option<Vec<u32>> {
    let count = |g: usize| {
        let nodes = relaxation::busy(problem, shares, g);
        let whole = relaxation::whole((nodes - 1e-9 * nodes.max(1.0)).ceil()).max(least[g]);
        (whole <= most[g]).then_some(whole)
    };
    (0..least.len()).map(count).collect()
}

/// The type whose relaxed count is farthest from whole, and the whole number below it. When all are
/// whole up to rounding, the first whose count isn't settled; `None` when all are.
fn branch(nodes: &[f64], least: &[u32], most: &[u32]) -> Option<(usize, u32)> {
    let mut best: Option<(usize, f64)> = None;
    for (g, count) in nodes.iter().enumerate() {
        let distance = (count - count.round()).abs();
        if least[g] < most[g] && best.is_none_or(|(_, farthest)| distance > farthest + 1e-9) {
            best = Some((g, distance));
        }
    }
    let (g, _) = best?;
    // Below `most`, so that both halves are smaller than the whole.
    let below = relaxation::whole((nodes[g] + 1e-9).floor());
    Some((g, below.clamp(least[g], most[g] - 1)))
}
