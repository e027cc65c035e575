//! The bound of one part: prices moved to where it is highest, and what the relaxed choices tell.

use std::cmp::Reverse;

use super::ascent::{Ascent, Slope};
use super::relaxation::{Beside, Relaxed};
use super::search::{Insight, Part, Search, Verdict};
use crate::planning::optimise::{Cost, FORBIDDEN};

/// Relaxations solved for the whole problem, where good prices pay for all parts; and their cells.
const FIRST_ROUNDS: usize = 60;
const FIRST_CELLS: usize = 100_000_000;

/// Relaxations solved for a part, which starts from the prices of the whole.
const ROUNDS: usize = 5;

/// Relaxations that ask whether the constraints can be kept at all, while no choice is known.
const DOUBTS: usize = 12;

/// Rounds after which options are discarded by what is known so far.
const REDUCE_AFTER: usize = 8;

/// Relaxations solved where each only gives a bound.
const DENSE_ROUNDS: usize = 2;

/// Where no cost is known, what the bound is raised towards: any rise is a proof.
const DOUBT: Cost = 1_000_000;

impl Search<'_, '_, '_> {
    /// Raises the bound of a part as far as prices can. Returns nothing if the part is settled.
    pub(super) fn bound(&mut self, part: &mut Part) -> Option<Insight> {
        let mut insight = Insight::default();
        let mut ascent = Ascent::new(&part.prices);
        let mut rounds = self.rounds(part);
        let mut round = 0;
        while round < rounds {
            round += 1;
            let cutoff = self.cutoff();
            let prices = ascent.prices();
            let domains = &mut part.domains;
            let relaxed = self
                .model
                .relax(domains, &prices, Beside::Costs, cutoff, self.work);
            let Relaxed::Bound {
                lower,
                choice,
                rises,
            } = relaxed
            else {
                return None;
            };
            if rises.is_some() {
                rounds = rounds.min(DENSE_ROUNDS);
            }
            let exact = rises.is_none();
            insight.rises = rises;
            part.bound = part.bound.max(lower);
            ascent.observe(lower);
            let choice = choice.unwrap_or_default();
            if choice.is_empty() {
                break;
            }
            let moved = self.judge(&choice, &mut insight);
            if exact && moved.is_some_and(|cost| cost <= lower) || part.bound >= self.cutoff() {
                return None;
            }
            let slopes = self.slopes(part, &choice, Beside::Costs);
            let target = self.target(part.bound);
            if self.work.exhausted() || !ascent.step(&slopes, lower, target) {
                break;
            }
            part.prices = ascent.best();
            if round.is_multiple_of(REDUCE_AFTER) && !self.reduce(part) {
                return None;
            }
        }
        part.prices = ascent.best();
        Some(insight)
    }

    /// Looks at a relaxed choice, and repairs it if it is broken; says what it costs if not.
    fn judge(&mut self, choice: &[usize], insight: &mut Insight) -> Option<Cost> {
        match self.consider(choice) {
            Verdict::Kept { cost } => {
                insight.kept = Some(choice.to_vec());
                Some(cost)
            }
            Verdict::Broken(broken) => {
                let share = |row: &usize| {
                    let row = &self.model.rows[*row];
                    row.share(row.excess(&self.model.problem.additive, choice))
                };
                let worst = broken
                    .into_iter()
                    .max_by_key(|row| (share(row), Reverse(*row)));
                if let Some(worst) = worst {
                    insight.broken = Some((choice.to_vec(), worst));
                }
                self.repair(choice);
                None
            }
        }
    }

    /// Whether prices alone don't show that the constraints can't be kept.
    pub(super) fn can_be_kept(&mut self, part: &mut Part) -> bool {
        let mut ascent = Ascent::new(&part.prices);
        for _ in 0..DOUBTS {
            let (prices, domains) = (ascent.prices(), &mut part.domains);
            let relaxed = self
                .model
                .relax(domains, &prices, Beside::Nothing, FORBIDDEN, self.work);
            let Relaxed::Bound {
                lower,
                choice,
                rises,
            } = relaxed
            else {
                return false;
            };
            if lower > 0 {
                return false;
            }
            let Some(choice) = choice.filter(|_| rises.is_none()) else {
                return true;
            };
            match self.consider(&choice) {
                Verdict::Kept { .. } => return true,
                Verdict::Broken(_) => self.repair(&choice),
            }
            ascent.observe(lower);
            let slopes = self.slopes(part, &choice, Beside::Nothing);
            let on = ascent.step(&slopes, lower, DOUBT);
            if self.best.is_some() || !on || self.work.exhausted() {
                return true;
            }
        }
        true
    }

    /// How the bound rises with each price where it comes from this choice.
    fn slopes(&self, part: &Part, choice: &[usize], beside: Beside) -> Vec<Slope> {
        let additive = &self.model.problem.additive;
        let mut drawn = self.model.overdrawn(&part.domains, choice);
        if beside == Beside::Nothing {
            drawn.fill((0, 0));
        }
        let credits = drawn.into_iter().map(Slope::of_credit);
        let rows = self.model.rows.iter();
        let rows = rows.map(|row| Slope::of_row(row, row.excess(additive, choice)));
        credits.chain(rows).collect()
    }

    fn rounds(&self, part: &Part) -> usize {
        if part.depth > 0 {
            return ROUNDS;
        }
        let tables = self.model.grids.keys();
        let cells = tables.map(|(a, b)| part.domains[*a].len() * part.domains[*b].len());
        let options: usize = part.domains.iter().map(|domain| domain.len()).sum();
        (FIRST_CELLS / (cells.sum::<usize>() + options).max(1)).clamp(ROUNDS, FIRST_ROUNDS)
    }

    /// A cost that the bound may be raised to: the best known, else a little more than the bound.
    fn target(&self, bound: Cost) -> Cost {
        let more = bound.saturating_add((bound / 8).saturating_abs().max(1000));
        self.best.as_ref().map_or(more, |(cost, _)| *cost)
    }
}
