//! The constraints of a search, what they weigh, and the options that they rule out.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::work::Work;
use super::{Constraint, Weight};
use crate::planning::optimise::Problem;

/// The options of each variable that a part of the search may choose, in order.
pub(super) type Domains = Vec<Rc<[usize]>>;

/// Rounds of ruling out: each may let another constraint rule out more.
const ROUNDS: usize = 4;

/// A table over two variables `a < b`, whichever way round it was given.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    cells: Rc<[i64]>,
    strides: (usize, usize),
}

impl Grid {
    /// A table by option of the first variable, then of the second; and the two in order.
    pub(super) fn new(
        (first, second): (usize, usize),
        cells: &Rc<[i64]>,
        problem: &Problem,
    ) -> ((usize, usize), Self) {
        let others = problem.unary[second].len();
        let (key, strides) = if first < second {
            ((first, second), (others, 1))
        } else {
            ((second, first), (1, others))
        };
        let cells = Rc::clone(cells);
        (key, Self { cells, strides })
    }

    /// The cell of an option of each variable, in order of variables.
    pub(super) fn at(&self, a: usize, b: usize) -> i64 {
        self.cells[a * self.strides.0 + b * self.strides.1]
    }
}

/// A constraint and what the search knows of it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) constraint: Constraint,
    /// By pair of variables, in order.
    pub(super) grids: BTreeMap<(usize, usize), Vec<Grid>>,
    /// Whether some choice broke it. The others rule nothing out and have no multiplier: they aren't
    /// in the way.
    pub(super) met: bool,
    /// Sum of the largest weight of every term: no choice weighs more.
    pub(super) most: Weight,
    /// By variable, the terms that it is in.
    terms: BTreeMap<usize, Terms>,
}

/// The terms of a row that one variable is in.
#[derive(Debug, Clone, Default)]
struct Terms {
    unary: Vec<Rc<[Weight]>>,
    /// Tables and the variable on their other side.
    grids: Vec<(usize, Grid)>,
}

impl Row {
    pub(super) fn new(constraint: Constraint, problem: &Problem) -> Self {
        let mut grids: BTreeMap<_, Vec<Grid>> = BTreeMap::new();
        let mut terms: BTreeMap<usize, Terms> = BTreeMap::new();
        for (variable, weights) in &constraint.unary {
            let terms = terms.entry(*variable).or_default();
            terms.unary.push(Rc::clone(weights));
        }
        for (a, b, cells) in &constraint.pairs {
            let (key, grid) = Grid::new((*a, *b), cells, problem);
            for (variable, other) in [(*a, *b), (*b, *a)] {
                let terms = terms.entry(variable).or_default();
                terms.grids.push((other, grid.clone()));
            }
            grids.entry(key).or_default().push(grid);
        }
        let unary = constraint.unary.iter().map(|(_, weights)| weights);
        let tables = unary.chain(constraint.pairs.iter().map(|(_, _, weights)| weights));
        let largest = tables.filter_map(|weights| weights.iter().copied().max());
        let most = largest.fold(0, Weight::saturating_add);
        Self {
            constraint,
            grids,
            met: false,
            most,
            terms,
        }
    }

    /// By how much a choice is above the limit; negative below it.
    pub(super) fn excess(&self, problem: &Problem, choice: &[usize]) -> Weight {
        let weight = self.constraint.weight(problem, choice);
        weight.saturating_sub(self.constraint.limit)
    }

    /// An amount as a share of the limit, in millionths, so that constraints can be compared.
    pub(super) fn share(&self, amount: Weight) -> i128 {
        share(amount, self.constraint.limit)
    }

    /// What an option of a variable weighs, with the options that the others have in `choice`.
    pub(super) fn weight_of(&self, variable: usize, option: usize, choice: &[usize]) -> Weight {
        let Some(terms) = self.terms.get(&variable) else {
            return 0;
        };
        let own = terms.unary.iter().map(|weights| weights[option]);
        let grids = terms.grids.iter().map(|(other, grid)| {
            if variable < *other {
                grid.at(option, choice[*other])
            } else {
                grid.at(choice[*other], option)
            }
        });
        own.chain(grids).fold(0, Weight::saturating_add)
    }

    /// The variables that it looks at.
    pub(super) fn variables(&self) -> impl Iterator<Item = usize> {
        self.terms.keys().copied()
    }

    /// Removes options that are too heavy even with the lightest of all others. Returns whether it
    /// removed any, or `None` if the lightest of all are too heavy.
    fn rule_out(&self, domains: &mut Domains, work: &mut Work<'_>) -> Option<bool> {
        let lightest = self.lightest(domains, work);
        let least: i128 = lightest.iter().map(|l| i128::from(*l)).sum();
        let room = i128::from(self.constraint.limit) - least;
        if room < 0 {
            return None;
        }
        let mut removed = false;
        let mut lightest = lightest.into_iter();
        for (variable, weights) in &self.constraint.unary {
            let most = room + i128::from(lightest.next().unwrap_or(0));
            let fits = |option: &usize| i128::from(weights[*option]) <= most;
            removed |= keep(&mut domains[*variable], fits);
        }
        for ((a, b), grid) in self.each_grid() {
            let most = room + i128::from(lightest.next().unwrap_or(0));
            let (rows, columns) = (Rc::clone(&domains[a]), Rc::clone(&domains[b]));
            let fits = |x: usize, y: usize| i128::from(grid.at(x, y)) <= most;
            removed |= keep(&mut domains[a], |x| columns.iter().any(|y| fits(*x, *y)));
            removed |= keep(&mut domains[b], |y| rows.iter().any(|x| fits(*x, *y)));
        }
        Some(removed)
    }

    /// The least weight of every term, those of one variable first.
    fn lightest(&self, domains: &Domains, work: &mut Work<'_>) -> Vec<Weight> {
        let own = self.constraint.unary.iter().map(|(v, weights)| {
            let weights = domains[*v].iter().map(|option| weights[*option]);
            weights.min().unwrap_or(0)
        });
        let mut lightest: Vec<Weight> = own.collect();
        for ((a, b), grid) in self.each_grid() {
            work.spend(3 * domains[a].len() * domains[b].len());
            let rows = domains[a].iter();
            let cells = rows.flat_map(|x| domains[b].iter().map(|y| grid.at(*x, *y)));
            lightest.push(cells.min().unwrap_or(0));
        }
        lightest
    }

    fn each_grid(&self) -> impl Iterator<Item = ((usize, usize), &Grid)> {
        let grids = self.grids.iter();
        grids.flat_map(|(key, grids)| grids.iter().map(move |grid| (*key, grid)))
    }
}

/// An amount as a share of a limit, in millionths; rounded away from zero, so that the smallest
/// amount counts.
pub(super) fn share(amount: Weight, limit: Weight) -> i128 {
    let limit = i128::from(limit.max(1));
    let up = i128::from(amount.signum()) * (limit - 1);
    (i128::from(amount) * 1_000_000 + up) / limit
}

/// Keeps the options that fit; returns whether any didn't.
fn keep(domain: &mut Rc<[usize]>, fits: impl Fn(&usize) -> bool) -> bool {
    if domain.iter().all(&fits) {
        return false;
    }
    *domain = domain.iter().copied().filter(|o| fits(o)).collect();
    true
}

/// Removes options that no choice within the constraints has. Returns whether any choice is left.
pub(super) fn rule_out(rows: &[Row], domains: &mut Domains, work: &mut Work<'_>) -> bool {
    for _ in 0..ROUNDS {
        let mut removed = false;
        for row in rows.iter().filter(|row| row.met) {
            match row.rule_out(domains, work) {
                None => return false,
                Some(some) => removed |= some,
            }
        }
        if domains.iter().any(|domain| domain.is_empty()) {
            return false;
        }
        if !removed {
            break;
        }
    }
    true
}
