//! A credit as it looks where some variables are decided: what is drawn, what is left, and what each
//! option would draw of that.

use super::Credit;
use super::rows::Domains;
use crate::planning::optimise::Cost;

/// A credit as seen from a part of the search.
pub(super) struct Drawing<'c> {
    credit: &'c dyn Credit,
    /// The variables that have one option left, and these.
    decided: Vec<(usize, usize)>,
    /// The credit for these alone.
    pub(super) decided_amount: Cost,
    /// How much more it can be at most.
    pub(super) left: Cost,
}

impl<'c> Drawing<'c> {
    /// `most` is the credit for all options of the problem.
    pub(super) fn new(credit: &'c dyn Credit, most: Cost, domains: &Domains) -> Self {
        let singles = domains.iter().enumerate().filter(|(_, d)| d.len() == 1);
        let decided: Vec<(usize, usize)> = singles.map(|(v, d)| (v, d[0])).collect();
        let decided_amount = amount(credit, &decided);
        Self {
            credit,
            decided,
            decided_amount,
            left: most.saturating_sub(decided_amount),
        }
    }

    /// What an option adds to what is decided; nothing if it is decided itself.
    pub(super) fn more(&self, domains: &Domains, variable: usize, option: usize) -> Cost {
        if domains[variable].len() == 1 || !self.credit.draws(variable, option) {
            return 0;
        }
        let mut with = self.decided.clone();
        with.push((variable, option));
        amount(self.credit, &with).saturating_sub(self.decided_amount)
    }
}

/// A credit for those of a set of options that can add to it.
pub(super) fn amount(credit: &dyn Credit, options: &[(usize, usize)]) -> Cost {
    let drawing = options
        .iter()
        .copied()
        .filter(|(v, o)| credit.draws(*v, *o));
    let drawing: Vec<(usize, usize)> = drawing.collect();
    if drawing.is_empty() {
        0
    } else {
        credit.of(&drawing)
    }
}
