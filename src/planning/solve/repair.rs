//! Makes of a choice that breaks constraints one that keeps them, at little more cost.
//!
//! Changes one variable at a time: first whatever takes most off what is above the limits for its
//! cost, then whatever saves cost and breaks nothing. Nothing is promised; a good choice only bounds
//! the optimum from above, and lets the search discard more.

use std::collections::BTreeSet;

use super::Weight;
use super::relaxation::Model;
use super::rows::{Domains, Row};
use super::work::Work;
use crate::planning::optimise::{Cost, FORBIDDEN};

/// Changes that are tried for each variable, on average, before the repair gives up.
const CHANGES_EACH: usize = 3;

/// Work of looking at one term of one option, in cells: there are several lookups in trees.
const LOOKS: usize = 8;

/// Variables up to which only the best change of all is made before looking again.
const LOOKED_AT: usize = 32;

/// A change that takes something off what is above the limits.
struct Mend {
    cost: i128,
    /// How much it takes off; more than nothing.
    off: i128,
    variable: usize,
    option: usize,
}

impl Mend {
    fn by_ratio(&self, other: &Self) -> std::cmp::Ordering {
        let (one, two) = (
            self.cost.saturating_mul(other.off),
            other.cost.saturating_mul(self.off),
        );
        one.cmp(&two)
    }
}

/// A choice on its way to keeping all constraints.
pub(super) struct Repair<'m, 'a> {
    model: &'m Model<'a>,
    /// Options that may lead to a better choice than the best one known.
    open: &'m Domains,
    choice: Vec<usize>,
    /// By row, what the choice weighs.
    weights: Vec<Weight>,
    /// By variable, the rows that look at it.
    rows_of: Vec<Vec<usize>>,
}

impl<'m, 'a> Repair<'m, 'a> {
    pub(super) fn new(model: &'m Model<'a>, open: &'m Domains, choice: &[usize]) -> Self {
        let mut rows_of = vec![Vec::new(); choice.len()];
        for (i, row) in model.rows.iter().enumerate() {
            for variable in row.variables() {
                rows_of[variable].push(i);
            }
        }
        let additive = &model.problem.additive;
        let weight = |row: &Row| row.constraint.weight(additive, choice);
        Self {
            model,
            open,
            choice: choice.to_vec(),
            weights: model.rows.iter().map(weight).collect(),
            rows_of,
        }
    }

    /// A choice that keeps every known constraint, if changing single variables leads to one.
    pub(super) fn run(mut self, work: &mut Work<'_>) -> Option<Vec<usize>> {
        let n = self.choice.len();
        let at_once = 1 + n / LOOKED_AT;
        for _ in 0..CHANGES_EACH * n.min(LOOKED_AT) + 10 {
            if work.exhausted() {
                return None;
            }
            let mends = self.best_mends(at_once, work);
            if mends.is_empty() {
                return None;
            }
            for (variable, option) in mends {
                if self.excess_after(variable, option) < 0 {
                    self.change(variable, option);
                }
            }
            if self.broken().next().is_none() {
                self.save(CHANGES_EACH * n, work);
                return Some(self.choice);
            }
        }
        None
    }

    fn broken(&self) -> impl Iterator<Item = usize> {
        let rows = self.model.rows.iter().zip(&self.weights).enumerate();
        let above = rows.filter(|(_, (row, weight))| **weight > row.constraint.limit);
        above.map(|(i, _)| i)
    }

    /// The changes of so many variables that cost least for what they take off the excess.
    fn best_mends(&self, most: usize, work: &mut Work<'_>) -> Vec<(usize, usize)> {
        let variables: BTreeSet<usize> = self
            .broken()
            .flat_map(|row| self.model.rows[row].variables())
            .collect();
        let mends = variables.into_iter().filter_map(|v| self.mend(v, work));
        let mut mends: Vec<Mend> = mends.collect();
        mends.sort_by(Mend::by_ratio);
        let best = mends.into_iter().take(most);
        best.map(|mend| (mend.variable, mend.option)).collect()
    }

    /// The best change of one variable.
    fn mend(&self, variable: usize, work: &mut Work<'_>) -> Option<Mend> {
        let mend = |option: usize| {
            let off = -self.excess_after(variable, option);
            let cost = (off > 0)
                .then(|| self.saving(variable, option))??
                .saturating_neg();
            Some(Mend {
                cost,
                off,
                variable,
                option,
            })
        };
        let options = self.others(variable, work);
        options.filter_map(mend).min_by(Mend::by_ratio)
    }

    /// Takes what is cheaper and breaks nothing, until nothing is.
    fn save(&mut self, most: usize, work: &mut Work<'_>) {
        let mut since = 0;
        for variable in (0..self.choice.len()).cycle().take(most) {
            let all = self.others(variable, work);
            let keeping = all.filter(|o| self.excess_after(variable, *o) <= 0);
            let savings = keeping.filter_map(|o| Some((self.saving(variable, o)?, o)));
            let best = savings.max_by_key(|(saved, o)| (*saved, std::cmp::Reverse(*o)));
            match best {
                Some((saved, option)) if saved > 0 => {
                    self.change(variable, option);
                    since = 0;
                }
                _ => since += 1,
            }
            if since == self.choice.len() || work.exhausted() {
                return;
            }
        }
    }

    /// The open options of a variable that aren't chosen.
    fn others(
        &self,
        variable: usize,
        work: &mut Work<'_>,
    ) -> impl Iterator<Item = usize> + use<'m, 'a> {
        let options: &'m [usize] = &self.open[variable];
        let beside = self.model.around[variable].len() + self.rows_of[variable].len();
        work.spend(options.len() * LOOKS * (1 + beside));
        let chosen = self.choice[variable];
        options
            .iter()
            .copied()
            .filter(move |option| *option != chosen)
    }

    fn change(&mut self, variable: usize, option: usize) {
        for row in &self.rows_of[variable] {
            self.weights[*row] = self.weight_after(*row, variable, option);
        }
        self.choice[variable] = option;
    }

    fn weight_after(&self, row: usize, variable: usize, option: usize) -> Weight {
        let model = &self.model.rows[row];
        let before = model.weight_of(variable, self.choice[variable], &self.choice);
        let after = model.weight_of(variable, option, &self.choice);
        self.weights[row]
            .saturating_sub(before)
            .saturating_add(after)
    }

    /// By how much a change raises what is above the limits, in millionths of these.
    fn excess_after(&self, variable: usize, option: usize) -> i128 {
        let rows = self.rows_of[variable].iter();
        let raised = rows.map(|i| {
            let row = &self.model.rows[*i];
            let above =
                |weight: Weight| row.share((weight.saturating_sub(row.constraint.limit)).max(0));
            above(self.weight_after(*i, variable, option)) - above(self.weights[*i])
        });
        raised.sum()
    }

    /// What a change saves; nothing if it is forbidden.
    fn saving(&self, variable: usize, option: usize) -> Option<i128> {
        let after = self.cost_of(variable, option);
        if after == FORBIDDEN {
            return None;
        }
        let before = self.cost_of(variable, self.choice[variable]);
        Some(i128::from(before) - i128::from(after) + self.credit_gained(variable, option))
    }

    fn credit_gained(&self, variable: usize, option: usize) -> i128 {
        let before = self.choice[variable];
        let mut credits = self.model.problem.credits.iter();
        if !credits.any(|c| c.draws(variable, before) || c.draws(variable, option)) {
            return 0;
        }
        let mut chosen: Vec<(usize, usize)> = self.choice.iter().copied().enumerate().collect();
        let now = self.model.credit(&chosen);
        chosen[variable].1 = option;
        i128::from(self.model.credit(&chosen)) - i128::from(now)
    }

    /// What an option costs by itself and with what the others have chosen.
    fn cost_of(&self, variable: usize, option: usize) -> Cost {
        let own = self.model.problem.additive.unary[variable][option];
        let pairs = self.model.around[variable].iter().flat_map(|(a, b)| {
            let (x, y) = if *a == variable {
                (option, self.choice[*b])
            } else {
                (self.choice[*a], option)
            };
            self.model.grids[&(*a, *b)]
                .iter()
                .map(move |grid| grid.at(x, y))
        });
        pairs.fold(own, Cost::saturating_add)
    }
}
