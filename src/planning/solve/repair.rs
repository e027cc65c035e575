//! Makes of a choice that breaks constraints one that keeps them, at little more cost.
//!
//! Changes one variable at a time: first whatever takes most off what is above the limits for its
//! cost, then whatever saves cost and breaks nothing. Nothing is promised; a good choice only bounds
//! the optimum from above, and lets the search discard more.

use super::Weight;
use super::relaxation::Model;
use super::rows::Row;
use super::work::Work;
use crate::planning::optimise::{Cost, FORBIDDEN};

/// Changes that are tried for each variable, on average, before the repair gives up.
const CHANGES_EACH: usize = 3;

/// A choice on its way to keeping all constraints.
pub(super) struct Repair<'m, 'a> {
    model: &'m Model<'a>,
    choice: Vec<usize>,
    /// By row, what the choice weighs.
    weights: Vec<Weight>,
    /// By variable, the rows that look at it.
    rows_of: Vec<Vec<usize>>,
}

impl<'m, 'a> Repair<'m, 'a> {
    pub(super) fn new(model: &'m Model<'a>, choice: &[usize]) -> Self {
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
            choice: choice.to_vec(),
            weights: model.rows.iter().map(weight).collect(),
            rows_of,
        }
    }

    /// A choice that keeps every known constraint, if changing single variables leads to one.
    pub(super) fn run(mut self, work: &mut Work<'_>) -> Option<Vec<usize>> {
        let most = CHANGES_EACH * self.choice.len() + 10;
        for _ in 0..most {
            if self.broken().next().is_none() {
                self.save(most, work);
                return Some(self.choice);
            }
            if work.exhausted() {
                return None;
            }
            let (variable, option) = self.best_mend(work)?;
            self.change(variable, option);
        }
        None
    }

    fn broken(&self) -> impl Iterator<Item = usize> {
        let rows = self.model.rows.iter().zip(&self.weights).enumerate();
        let above = rows.filter(|(_, (row, weight))| **weight > row.constraint.limit);
        above.map(|(i, _)| i)
    }

    /// The change that costs least for what it takes off the excess.
    fn best_mend(&self, work: &mut Work<'_>) -> Option<(usize, usize)> {
        let mut best: Option<(i128, i128, usize, usize)> = None;
        let variables: std::collections::BTreeSet<usize> = self
            .broken()
            .flat_map(|row| self.model.rows[row].variables())
            .collect();
        for variable in variables {
            for option in self.others(variable, work) {
                let more = self.excess_after(variable, option);
                if more >= 0 {
                    continue;
                }
                let Some(cost) = self.saving(variable, option).map(|saved| -saved) else {
                    continue;
                };
                let dearer = |(least, off, ..): &(i128, i128, usize, usize)| {
                    cost.saturating_mul(*off) >= least.saturating_mul(-more)
                };
                if !best.as_ref().is_some_and(dearer) {
                    best = Some((cost, -more, variable, option));
                }
            }
        }
        best.map(|(_, _, variable, option)| (variable, option))
    }

    /// Takes what is cheaper and breaks nothing, until nothing is.
    fn save(&mut self, most: usize, work: &mut Work<'_>) {
        let mut since = 0;
        for variable in (0..self.choice.len()).cycle().take(most * 3) {
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

    /// The options of a variable that aren't chosen.
    fn others(&self, variable: usize, work: &mut Work<'_>) -> impl Iterator<Item = usize> + use<> {
        let options = self.model.problem.additive.unary[variable].len();
        let beside = self.model.around[variable].len() + self.rows_of[variable].len();
        work.spend(options * (1 + 2 * beside));
        let chosen = self.choice[variable];
        (0..options).filter(move |option| *option != chosen)
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
        let Some(credit) = self.model.problem.credit else {
            return 0;
        };
        let before = self.choice[variable];
        if !credit.draws(variable, before) && !credit.draws(variable, option) {
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
