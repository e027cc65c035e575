//! Options that can't be part of an optimum, found before the exact search.
//!
//! On a graph with many edges the tables of elimination grow with the number of options to the
//! power of stages that are connected at once. Most options are hopeless, though: a good choice,
//! found by local search, bounds the optimum from above, and shifting costs between terms bounds
//! it from below. An option whose lower bound is above the upper bound can't be in any optimum.
//!
//! Shifting follows sequential tree-reweighted message passing (V. Kolmogorov, IEEE PAMI 28(10),
//! 2006): each variable gives its own cost in equal shares to the terms that lead on, and each term
//! passes on the least that the next variable must pay. Every step moves a cost from one term to
//! another and never changes what a choice costs, so the bound is exact arithmetic, not a guess.

use std::rc::Rc;

use super::optimise::{Cost, FORBIDDEN, Pair, Problem, Solution};
use super::solve::work::Work;

/// Sweeps over the graph, each forth and back. The bound rises most in the first few.
const SWEEPS: usize = 40;

/// Sweeps where elimination has found the optimum of a relaxation and only its runners-up are to be
/// discarded: on chains the first ones do nearly everything.
const QUICK_SWEEPS: usize = 3;

/// Choices that the local search starts from. Each takes microseconds, and the upper bound is what
/// all pruning depends on.
pub(super) const STARTS: usize = 64;

/// The same for a part of a problem, where a good choice for the whole is known.
pub(super) const FEW_STARTS: usize = 4;

/// How much is done for the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sweeping {
    Thorough,
    Quick,
}

/// What shifting costs leaves of a problem.
pub(super) struct Pruned {
    /// No choice that costs at most the upper bound costs less than this.
    pub(super) lower: Cost,
    /// By variable, the options that may be part of one, in order.
    pub(super) kept: Vec<Vec<usize>>,
    /// How much each of these adds to the bound, about.
    pub(super) rises: Vec<Vec<Cost>>,
}

/// Discards options that no choice of cost `upper` or less has.
pub(super) fn worthwhile(
    problem: &Problem,
    upper: Cost,
    sweeping: Sweeping,
    work: &mut Work<'_>,
) -> Pruned {
    let upper = upper.min(FORBIDDEN - 1);
    let sweeps = match sweeping {
        Sweeping::Thorough => SWEEPS,
        Sweeping::Quick => QUICK_SWEEPS,
    };
    let mut bound = Bound::new(problem);
    bound.discard_alone(upper);
    bound.compact();
    let mut before = bound.left();
    for sweep in 0..sweeps {
        for backwards in [false, true] {
            work.spend(bound.cells().saturating_mul(LOOKS_OF_A_SWEEP / 2));
            bound.sweep(backwards, upper);
            bound.compact();
        }
        let left = bound.left();
        if bound.base > upper || work.exhausted() || left == before && sweep > SWEEPS / 2 {
            break;
        }
        before = left;
    }
    bound.pruned()
}

/// How many times a sweep forth and back looks at each cell: giving and passing on, each way.
const LOOKS_OF_A_SWEEP: usize = 6;

/// What the problem costs, rewritten so that `base` is a lower bound and no term is negative.
struct Bound {
    base: Cost,
    /// By variable and option; [`FORBIDDEN`] once discarded.
    unary: Vec<Vec<Cost>>,
    pairs: Vec<Pair>,
    /// By variable and option, which option of the problem it is.
    ids: Vec<Vec<usize>>,
    /// By variable, the pairs that it is in.
    around: Vec<Vec<usize>>,
}

impl Bound {
    fn new(problem: &Problem) -> Self {
        Self {
            base: 0,
            unary: problem.unary.clone(),
            pairs: problem.pairs.clone(),
            ids: problem
                .unary
                .iter()
                .map(|costs| (0..costs.len()).collect())
                .collect(),
            around: pairs_around(problem),
        }
    }

    fn cells(&self) -> usize {
        self.pairs.iter().map(|pair| pair.costs.len()).sum()
    }

    /// Discards options that are too dear even if all else costs the least that it can by itself:
    /// one look at each option, where a sweep looks at each pair of them.
    fn discard_alone(&mut self, upper: Cost) {
        let least = |costs: &Vec<Cost>| costs.iter().copied().min().unwrap_or(0);
        let together = self.unary.iter().map(least);
        let together = together.fold(0, Cost::saturating_add);
        for costs in &mut self.unary {
            let least = least(costs);
            for cost in costs.iter_mut() {
                let more = minus(*cost, least);
                if together.saturating_add(more) > upper {
                    *cost = FORBIDDEN;
                }
            }
        }
    }

    /// Leaves discarded options out of the tables where that makes them much smaller: all later
    /// sweeps look at every cell. Something is always left of a variable, so that tables have rows.
    fn compact(&mut self) {
        let kept: Vec<Vec<usize>> = self
            .unary
            .iter()
            .map(|costs| open_or_first(costs))
            .collect();
        let cells = |pair: &Pair| kept[pair.a].len() * kept[pair.b].len();
        let smaller: usize = self.pairs.iter().map(cells).sum();
        if smaller.saturating_mul(2) > self.cells() {
            return;
        }
        let whole = Problem {
            unary: std::mem::take(&mut self.unary),
            pairs: std::mem::take(&mut self.pairs),
        };
        let Problem { unary, pairs } = whole.restricted(&kept);
        (self.unary, self.pairs) = (unary, pairs);
        for (ids, kept) in self.ids.iter_mut().zip(kept) {
            *ids = kept.into_iter().map(|option| ids[option]).collect();
        }
    }

    /// Passes costs along the order of variables, or against it, and discards the options of each
    /// that no choice as good as `upper` can have.
    fn sweep(&mut self, backwards: bool, upper: Cost) {
        let n = self.unary.len();
        for step in 0..n {
            let variable = if backwards { n - 1 - step } else { step };
            self.settle(variable);
            self.discard_above(upper, variable);
            let onward: Vec<usize> = self.around[variable]
                .iter()
                .copied()
                .filter(|p| (self.pairs[*p].other(variable) > variable) != backwards)
                .collect();
            for (i, pair) in onward.iter().enumerate() {
                self.give(variable, *pair, onward.len() - i);
                self.pass_on(variable, *pair);
            }
        }
    }

    /// Takes what a variable must pay at least into the base.
    fn settle(&mut self, variable: usize) {
        let least = self.unary[variable].iter().copied().min().unwrap_or(0);
        if least > 0 && least < FORBIDDEN {
            self.base = self.base.saturating_add(least);
            self.unary[variable]
                .iter_mut()
                .for_each(|cost| *cost = minus(*cost, least));
        }
    }

    /// Gives one of `shares` equal shares of a variable's own cost to a pair.
    fn give(&mut self, variable: usize, pair: usize, shares: usize) {
        let shares = Cost::try_from(shares).unwrap_or(Cost::MAX);
        let pair = &mut self.pairs[pair];
        let others = pair.options_beside(variable, &self.unary);
        let (own_stride, other_stride) = pair.strides(variable, others);
        let cells = Rc::make_mut(&mut pair.costs);
        for (option, cost) in self.unary[variable].iter_mut().enumerate() {
            // A discarded option stays discarded; nothing of it is given away.
            let share = *cost / shares;
            if *cost == FORBIDDEN || share == 0 {
                continue;
            }
            *cost -= share;
            let row = cells[option * own_stride..].iter_mut();
            for cell in row.step_by(other_stride).take(others) {
                *cell = cell.saturating_add(share);
            }
        }
    }

    /// Takes what each option of the pair's other variable must pay at least out of the pair.
    fn pass_on(&mut self, variable: usize, pair: usize) {
        let pair = &mut self.pairs[pair];
        let other = pair.other(variable);
        let mine = &self.unary[variable];
        let (own_stride, other_stride) = pair.strides(variable, self.unary[other].len());
        let open: Vec<bool> = mine.iter().map(|cost| *cost != FORBIDDEN).collect();
        let cells = Rc::make_mut(&mut pair.costs);
        for option in 0..self.unary[other].len() {
            if self.unary[other][option] == FORBIDDEN {
                continue;
            }
            let row = cells[option * other_stride..].iter().step_by(own_stride);
            let costs = row.zip(&open).filter(|(_, open)| **open);
            let least = costs.map(|(cost, _)| *cost).min().unwrap_or(FORBIDDEN);
            let cost = &mut self.unary[other][option];
            *cost = cost.saturating_add(least);
            if least > 0 && least < FORBIDDEN {
                let row = cells[option * other_stride..]
                    .iter_mut()
                    .step_by(own_stride);
                for cell in row.take(open.len()) {
                    // Cells of discarded options may be cheaper; they are never looked at again.
                    *cell = minus(*cell, least).max(0);
                }
            }
        }
    }

    fn discard_above(&mut self, upper: Cost, variable: usize) {
        for cost in &mut self.unary[variable] {
            if self.base.saturating_add(*cost) > upper {
                *cost = FORBIDDEN;
            }
        }
    }

    /// How many options aren't discarded.
    fn left(&self) -> usize {
        self.unary
            .iter()
            .flatten()
            .filter(|cost| **cost != FORBIDDEN)
            .count()
    }

    fn pruned(self) -> Pruned {
        let open = |(costs, ids): (&Vec<Cost>, &Vec<usize>)| -> Vec<usize> {
            let open = costs.iter().zip(ids);
            let open = open.filter(|(cost, _)| **cost != FORBIDDEN);
            open.map(|(_, id)| *id).collect()
        };
        let rises = |costs: &Vec<Cost>| -> Vec<Cost> {
            let open = costs.iter().filter(|cost| **cost != FORBIDDEN);
            open.copied().collect()
        };
        Pruned {
            lower: self.base,
            kept: self.unary.iter().zip(&self.ids).map(open).collect(),
            rises: self.unary.iter().map(rises).collect(),
        }
    }
}

/// The options that aren't discarded; the first one if all are.
fn open_or_first(costs: &[Cost]) -> Vec<usize> {
    let open = (0..costs.len()).filter(|option| costs[*option] != FORBIDDEN);
    let open: Vec<usize> = open.collect();
    if open.is_empty() { vec![0] } else { open }
}

/// By variable, the pairs that it is in.
fn pairs_around(problem: &Problem) -> Vec<Vec<usize>> {
    let mut around = vec![Vec::new(); problem.unary.len()];
    for (i, pair) in problem.pairs.iter().enumerate() {
        around[pair.a].push(i);
        around[pair.b].push(i);
    }
    around
}

/// Subtracts from what isn't forbidden.
fn minus(cost: Cost, less: Cost) -> Cost {
    if cost == FORBIDDEN {
        FORBIDDEN
    } else {
        cost - less
    }
}

impl Pair {
    /// Adds to the costs of the options of `variable` what each costs with an option of the other.
    fn add_beside(&self, variable: usize, other: usize, costs: &mut [Cost]) {
        if self.costs.is_empty() {
            return;
        }
        let (own_stride, other_stride) = self.strides(variable, self.costs.len() / costs.len());
        // Looked at in one go, as a row of the table or a column of it.
        let beside = self.costs[other * other_stride..].iter();
        let beside = beside.step_by(own_stride);
        for (cost, with) in costs.iter_mut().zip(beside) {
            *cost = cost.saturating_add(*with);
        }
    }

    const fn other(&self, variable: usize) -> usize {
        if self.a == variable { self.b } else { self.a }
    }

    fn options_beside(&self, variable: usize, unary: &[Vec<Cost>]) -> usize {
        unary[self.other(variable)].len()
    }

    /// How far apart the cells of two options of `variable` stand, and those of two options of the
    /// other variable, which has `others`.
    fn strides(&self, variable: usize, others: usize) -> (usize, usize) {
        if self.a == variable {
            (others, 1)
        } else {
            (1, self.own_options(others))
        }
    }

    fn own_options(&self, others: usize) -> usize {
        self.costs.len() / others
    }
}

/// The best choice that a local search finds from so many starts; the first of equals.
pub(super) fn best_found(
    problem: &Problem,
    starts: usize,
    work: &mut Work<'_>,
) -> Option<Solution> {
    let search = Local::new(problem);
    let first = *search.outward.first()?;
    let mut options: Vec<usize> = (0..problem.unary[first].len()).collect();
    options.sort_by_key(|option| problem.unary[first][*option]);
    let sizes: usize = problem.unary.iter().map(Vec::len).sum();
    let each = sizes.saturating_mul(1 + problem.pairs.len() * 2 / problem.unary.len());
    work.spend(each.saturating_mul(LOOKS_OF_A_START * starts));
    let found = options.into_iter().take(starts).map(|o| search.from(o));
    let best = found.min_by_key(|solution| solution.cost)?;
    (best.cost < FORBIDDEN).then_some(best)
}

/// How many times the local search tries each option from one start, about.
const LOOKS_OF_A_START: usize = 4;

/// Local search: place one variable, then its neighbours and theirs by what is placed around them,
/// then improve.
struct Local<'p> {
    problem: &'p Problem,
    around: Vec<Vec<usize>>,
    /// All variables, from the most connected one outward: each but the first of a connected part
    /// has a neighbour before it.
    outward: Vec<usize>,
}

impl<'p> Local<'p> {
    fn new(problem: &'p Problem) -> Self {
        let around = pairs_around(problem);
        let mut waiting: Vec<usize> = (0..around.len()).collect();
        waiting.sort_by_key(|v| std::cmp::Reverse(around[*v].len()));
        let mut outward: Vec<usize> = Vec::new();
        for start in waiting {
            let mut next = outward.len();
            if !outward.contains(&start) {
                outward.push(start);
            }
            while next < outward.len() {
                for pair in &around[outward[next]] {
                    let other = problem.pairs[*pair].other(outward[next]);
                    if !outward.contains(&other) {
                        outward.push(other);
                    }
                }
                next += 1;
            }
        }
        Self {
            problem,
            around,
            outward,
        }
    }

    fn from(&self, option: usize) -> Solution {
        let n = self.problem.unary.len();
        let mut choice: Vec<Option<usize>> = vec![None; n];
        choice[self.outward[0]] = Some(option);
        for variable in &self.outward[1..] {
            choice[*variable] = Some(self.best_option(*variable, &choice));
        }
        let mut best = self.solution(&choice);
        loop {
            for variable in 0..n {
                choice[variable] = Some(self.best_option(variable, &choice));
            }
            let now = self.solution(&choice);
            if now.cost >= best.cost {
                return best;
            }
            best = now;
        }
    }

    /// The cheapest option by itself and with all neighbours that are placed; the first of equals.
    fn best_option(&self, variable: usize, choice: &[Option<usize>]) -> usize {
        let mut costs = self.problem.unary[variable].clone();
        for pair in self.around[variable]
            .iter()
            .map(|p| &self.problem.pairs[*p])
        {
            if let Some(other) = choice[pair.other(variable)] {
                pair.add_beside(variable, other, &mut costs);
            }
        }
        let options = (0..costs.len()).min_by_key(|option| costs[*option]);
        options.unwrap_or(0)
    }

    fn solution(&self, choice: &[Option<usize>]) -> Solution {
        let choice: Vec<usize> = choice.iter().map(|o| o.unwrap_or(0)).collect();
        Solution {
            cost: self.problem.cost(&choice),
            choice,
        }
    }
}
