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

use super::optimise::{Cost, FORBIDDEN, Pair, Problem};

/// Sweeps over the graph, each forth and back. The bound rises most in the first few.
const SWEEPS: usize = 40;

/// Choices that the local search starts from. Each takes microseconds, and the upper bound is what
/// all pruning depends on.
const STARTS: usize = 64;

/// By variable, the options that may be part of an optimum, in order. Every optimum is kept.
pub(super) fn worthwhile(problem: &Problem) -> Vec<Vec<usize>> {
    let mut bound = Bound::new(problem);
    let upper = best_found(problem);
    let mut before = bound.left();
    for sweep in 0..SWEEPS {
        bound.sweep(false, upper);
        bound.sweep(true, upper);
        let left = bound.left();
        if left == before && sweep > SWEEPS / 2 {
            break;
        }
        before = left;
    }
    bound.kept()
}

/// What the problem costs, rewritten so that `base` is a lower bound and no term is negative.
struct Bound {
    base: Cost,
    /// By variable and option; [`FORBIDDEN`] once discarded.
    unary: Vec<Vec<Cost>>,
    pairs: Vec<Pair>,
    /// By variable, the pairs that it is in.
    around: Vec<Vec<usize>>,
}

impl Bound {
    fn new(problem: &Problem) -> Self {
        Self {
            base: 0,
            unary: problem.unary.clone(),
            pairs: problem.pairs.clone(),
            around: pairs_around(problem),
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
        for (option, cost) in self.unary[variable].iter_mut().enumerate() {
            // A discarded option stays discarded; nothing of it is given away.
            if *cost == FORBIDDEN {
                continue;
            }
            let share = *cost / shares;
            *cost -= share;
            for other in 0..others {
                let cell = pair.cell(variable, option, other, others);
                let cell = &mut Rc::make_mut(&mut pair.costs)[cell];
                *cell = cell.saturating_add(share);
            }
        }
    }

    /// Takes what each option of the pair's other variable must pay at least out of the pair.
    fn pass_on(&mut self, variable: usize, pair: usize) {
        let pair = &mut self.pairs[pair];
        let other = pair.other(variable);
        let mine = self.unary[variable].len();
        for option in 0..self.unary[other].len() {
            let open = (0..mine).filter(|own| self.unary[variable][*own] != FORBIDDEN);
            let least = open
                .map(|own| pair.costs[pair.cell(other, option, own, mine)])
                .min();
            let least = least.unwrap_or(FORBIDDEN);
            let cost = &mut self.unary[other][option];
            *cost = cost.saturating_add(least);
            if least > 0 && least < FORBIDDEN {
                for own in 0..mine {
                    let cell = pair.cell(other, option, own, mine);
                    // Cells of discarded options may be cheaper; they are never looked at again.
                    let cell = &mut Rc::make_mut(&mut pair.costs)[cell];
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

    fn kept(&self) -> Vec<Vec<usize>> {
        let open = |costs: &Vec<Cost>| {
            (0..costs.len())
                .filter(|option| costs[*option] != FORBIDDEN)
                .collect()
        };
        self.unary.iter().map(open).collect()
    }
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
    const fn other(&self, variable: usize) -> usize {
        if self.a == variable { self.b } else { self.a }
    }

    fn options_beside(&self, variable: usize, unary: &[Vec<Cost>]) -> usize {
        unary[self.other(variable)].len()
    }

    /// Where the cost of an option of `variable` with one of the other stands; `others` is how many
    /// options the other variable has.
    fn cell(&self, variable: usize, option: usize, other: usize, others: usize) -> usize {
        if self.a == variable {
            option * others + other
        } else {
            other * (self.own_options(others)) + option
        }
    }

    fn own_options(&self, others: usize) -> usize {
        self.costs.len() / others
    }
}

/// The cost of the best choice that a local search finds; one below [`FORBIDDEN`] if it finds none.
fn best_found(problem: &Problem) -> Cost {
    let search = Local::new(problem);
    let first = search.outward[0];
    let mut starts: Vec<usize> = (0..problem.unary[first].len()).collect();
    starts.sort_by_key(|option| problem.unary[first][*option]);
    let found = starts
        .into_iter()
        .take(STARTS)
        .map(|option| search.from(option));
    found.min().unwrap_or(FORBIDDEN).min(FORBIDDEN - 1)
}

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

    fn from(&self, option: usize) -> Cost {
        let n = self.problem.unary.len();
        let mut choice: Vec<Option<usize>> = vec![None; n];
        choice[self.outward[0]] = Some(option);
        for variable in &self.outward[1..] {
            choice[*variable] = Some(self.best_option(*variable, &choice));
        }
        loop {
            let before = self.cost(&choice);
            for variable in 0..n {
                choice[variable] = Some(self.best_option(variable, &choice));
            }
            if self.cost(&choice) >= before {
                return before;
            }
        }
    }

    fn best_option(&self, variable: usize, choice: &[Option<usize>]) -> usize {
        let options = 0..self.problem.unary[variable].len();
        options
            .min_by_key(|option| self.cost_of(variable, *option, choice))
            .unwrap_or(0)
    }

    /// What an option costs by itself and with all neighbours that are placed.
    fn cost_of(&self, variable: usize, option: usize, choice: &[Option<usize>]) -> Cost {
        let mut cost = self.problem.unary[variable][option];
        for pair in self.around[variable]
            .iter()
            .map(|p| &self.problem.pairs[*p])
        {
            if let Some(other) = choice[pair.other(variable)] {
                let others = pair.options_beside(variable, &self.problem.unary);
                cost = cost.saturating_add(pair.costs[pair.cell(variable, option, other, others)]);
            }
        }
        cost
    }

    fn cost(&self, choice: &[Option<usize>]) -> Cost {
        let placed = |variable: usize| choice[variable].unwrap_or(0);
        let own = (0..choice.len()).map(|v| self.problem.unary[v][placed(v)]);
        let pairs = self.problem.pairs.iter().map(|pair| {
            let others = self.problem.unary[pair.b].len();
            pair.costs[placed(pair.a) * others + placed(pair.b)]
        });
        own.chain(pairs).fold(0, Cost::saturating_add)
    }
}
