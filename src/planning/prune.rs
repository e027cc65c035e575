//! Options that can be part of no optimum, found before the tables are made.
//!
//! An option is left out when another option of the same variable is strictly better whatever its
//! neighbours choose (dead-end elimination). Nothing of equal cost is lost, so the answer stays
//! exact; but where data is drawn to one place, most of the hundred and sixty regions go, and the
//! tables of a graph with circles, which grow with a power of their number, stay small.

use super::optimise::{Cost, FORBIDDEN, Pair, Problem};

/// Options that others are held against: the cheapest of a variable by themselves. More find little
/// more and cost as much again.
const RIVALS: usize = 8;
/// Most rounds over all variables: what is left out of one lets others follow.
const ROUNDS: usize = 8;

/// By variable, the options that may be part of an optimum, in their order; at least one of each.
pub(super) fn worth_trying(problem: &Problem) -> Vec<Vec<usize>> {
    let mut left: Vec<Vec<usize>> = problem
        .unary
        .iter()
        .map(|costs| (0..costs.len()).collect())
        .collect();
    for _ in 0..ROUNDS {
        let mut changed = false;
        for variable in 0..left.len() {
            changed |= narrow(problem, variable, &mut left);
        }
        if !changed {
            break;
        }
    }
    left
}

fn narrow(problem: &Problem, variable: usize, left: &mut [Vec<usize>]) -> bool {
    let unary = &problem.unary[variable];
    let mut rivals: Vec<usize> = left[variable].clone();
    rivals.retain(|option| unary[*option] != FORBIDDEN);
    rivals.sort_by_key(|option| unary[*option]);
    rivals.truncate(RIVALS);
    let pairs = problem.pairs.iter();
    let around: Vec<&Pair> = pairs
        .filter(|p| p.a == variable || p.b == variable)
        .collect();
    let options = &left[variable];
    let kept: Vec<usize> = options
        .iter()
        .copied()
        .filter(|option| {
            let mut others = rivals.iter().filter(|rival| *rival != option);
            !others.any(|rival| always_worse(problem, &around, variable, (*option, *rival), left))
        })
        .collect();
    // Where no option can be, all stay, and the solver finds that there is no answer.
    let changed = kept.len() < options.len() && !kept.is_empty();
    if changed {
        left[variable] = kept;
    }
    changed
}

/// Whether an option costs more than its rival for every choice of the neighbours.
fn always_worse(
    problem: &Problem,
    around: &[&Pair],
    variable: usize,
    (option, rival): (usize, usize),
    left: &[Vec<usize>],
) -> bool {
    let unary = &problem.unary[variable];
    if unary[option] == FORBIDDEN {
        return true;
    }
    let mut least = i128::from(unary[option]) - i128::from(unary[rival]);
    for pair in around {
        let width = problem.unary[pair.b].len();
        let (other, cost): (usize, &dyn Fn(usize, usize) -> Cost) = if pair.a == variable {
            (pair.b, &|own, other| pair.costs[own * width + other])
        } else {
            (pair.a, &|own, other| pair.costs[other * width + own])
        };
        let differences = left[other].iter().filter_map(|x| {
            match (cost(option, *x), cost(rival, *x)) {
                // With this neighbour the option is out in any case.
                (FORBIDDEN, _) => None,
                (_, FORBIDDEN) => Some(i128::MIN / 4),
                (mine, its) => Some(i128::from(mine) - i128::from(its)),
            }
        });
        match differences.min() {
            Some(difference) => least = least.saturating_add(difference),
            None => return true,
        }
    }
    least > 0
}
