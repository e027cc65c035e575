//! The exact joint choice where more than costs couples the variables: limits on sums, paths that
//! must be short, and amounts that are taken off the cost of several variables together.
//!
//! Without such couplings the answer is that of `optimise`. With them, that is a relaxation, and the
//! search is branch and bound around it:
//!
//! * `rows` keeps the constraints, and removes options that no choice within them has.
//! * `relaxation` prices the constraints with Lagrange multipliers (M. Fisher, Management Science
//!   27(1), 1981) and the credit with marginal amounts, and asks `optimise` for the optimum: a lower
//!   bound, in whole numbers that are rounded so that it stays one.
//! * `bound` and `ascent` move the multipliers to where the bound is highest.
//! * `repair` makes of a relaxed choice one that keeps every constraint: an upper bound.
//! * `search` takes the part with the lowest bound first, discards what can't be better than the
//!   best choice known, and splits the options of one variable in two.
//! * `longest` minimises the longest path by such searches.
//!
//! A search that is stopped gives the best choice and the lowest bound that is left.

mod ascent;
mod bound;
mod branch;
mod drawing;
mod longest;
mod relaxation;
mod repair;
mod rows;
mod search;
pub(crate) mod work;

use std::collections::BTreeSet;
use std::rc::Rc;

use self::work::Work;
use super::optimise::{Cost, Problem};

/// What constraints count: nodes, seconds, money; never negative.
pub(crate) type Weight = i64;

/// A sum that must not exceed a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Constraint {
    /// How messages name it; several constraints may have one name.
    pub(crate) name: String,
    /// Most that the weights of the chosen options may add up to.
    pub(crate) limit: Weight,
    /// Variables, and their weights by option. None is negative.
    pub(crate) unary: Vec<(usize, Rc<[Weight]>)>,
    /// Two different variables, and their weights by option of the first, then of the second.
    pub(crate) pairs: Vec<(usize, usize, Rc<[Weight]>)>,
}

/// Constraints that are too many to be listed.
pub(crate) trait Lazy {
    /// Some that this complete choice breaks; none if it keeps all of them.
    fn violated(&self, choice: &[usize]) -> Vec<Constraint>;
}

/// An amount that is taken off the cost of a choice.
pub(crate) trait Credit {
    /// The amount for a set of (variable, option): never negative, no less for more options, and each
    /// option adds no more to a larger set than to a smaller one. Bounds ask for sets that have
    /// several options of one variable.
    fn of(&self, fixed: &[(usize, usize)]) -> Cost;

    /// Whether an option can add anything.
    fn draws(&self, variable: usize, option: usize) -> bool;
}

/// Paths of which the longest counts.
pub(crate) trait Paths {
    /// A longest path of a complete choice: what it weighs there is its length. Its limit means
    /// nothing.
    fn longest(&self, choice: &[usize]) -> Constraint;
}

/// What is minimised.
#[derive(Clone, Copy)]
pub(crate) enum Objective<'a> {
    /// The cost.
    Cost,
    /// The longest path, and among equals the cost.
    Longest(&'a dyn Paths),
}

/// A problem with couplings.
#[derive(Clone)]
pub(crate) struct Coupled<'a> {
    /// What single variables and pairs of them cost; never negative.
    pub(crate) additive: Problem,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) lazy: Option<&'a dyn Lazy>,
    /// Their sum is taken off. Amounts with caps of their own are best given apart: the bound is
    /// tighter.
    pub(crate) credits: Vec<&'a dyn Credit>,
    pub(crate) objective: Objective<'a>,
}

/// How good a choice is; less is better, the longest path first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Value {
    /// Length of the longest path; zero where only the cost is minimised.
    pub(crate) longest: Weight,
    pub(crate) cost: Cost,
}

/// A choice that keeps every constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) value: Value,
    /// The option of each variable.
    pub(crate) choice: Vec<usize>,
}

/// What a search ended with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No choice is better.
    Optimal(Found),
    /// The best choice that was found in time; none is better than `lower`.
    Within { found: Found, lower: Value },
    /// No choice keeps all constraints.
    Infeasible {
        /// Names of the constraints that were in the way; empty when only costs were.
        in_the_way: BTreeSet<String>,
    },
    /// No choice was found in time.
    Stopped {
        /// None is better than this.
        lower: Value,
    },
}

/// Finds the best choice, or the best one within so much work. Equal problems and equal amounts of
/// work give equal outcomes, unless the search is stopped.
pub(crate) fn solve(problem: &Coupled<'_>, work: &mut Work<'_>) -> Outcome {
    match problem.objective {
        Objective::Cost => search::cheapest(problem, work),
        Objective::Longest(paths) => longest::shortest(problem, paths, work),
    }
}

impl Coupled<'_> {
    /// Whether anything but the costs of one or two variables counts.
    fn is_coupled(&self) -> bool {
        let constrained = !self.constraints.is_empty() || self.lazy.is_some();
        constrained || !self.credits.is_empty()
    }
}

impl Constraint {
    /// What a choice weighs.
    pub(crate) fn weight(&self, problem: &Problem, choice: &[usize]) -> Weight {
        let own = self.unary.iter().map(|(v, weights)| weights[choice[*v]]);
        let pairs = self.pairs.iter().map(|(a, b, weights)| {
            let others = problem.unary[*b].len();
            weights[choice[*a] * others + choice[*b]]
        });
        own.chain(pairs).fold(0, Weight::saturating_add)
    }
}

#[cfg(test)]
mod tests;
