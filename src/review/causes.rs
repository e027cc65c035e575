//! The difference of one stage, split by cause.
//!
//! With *base* the plan before, *head* the plan after, and *between* the plan of the older spec with
//! the newer catalogs:
//!
//! - **prices**: base's bill at the newer rates, all else kept, less base's bill;
//! - **choice**: what *between* costs beyond that, since other prices made another choice best;
//! - **spec** or **choice**: what *head* costs beyond *between*. It is the spec where something changed
//!   that the stage depends on, else the choice: the stage makes room for others, or follows them.
//!
//! The parts add up to the difference exactly.

use super::bill::{self, Tariff};
use super::document::{Difference, Reason, StageReview, StageStatus};
use crate::planning::plan::{Costs, PlannedStage};
use crate::units::Money;

/// A stage that is in both plans.
pub(super) struct Both<'a> {
    pub(super) base: &'a PlannedStage,
    /// In the plan of the older spec with the newer catalogs, if that could be made.
    pub(super) between: Option<&'a PlannedStage>,
    pub(super) head: &'a PlannedStage,
    /// The newer rates; `None` when they are the same.
    pub(super) tariff: Option<Tariff<'a>>,
    /// What changed that the stage depends on.
    pub(super) touching: Vec<String>,
    /// Whether something that it depends on changed, named in `touching` or not.
    pub(super) touched: bool,
    /// All changes that can make a choice another.
    pub(super) elsewhere: &'a [String],
}

impl Both<'_> {
    pub(super) fn review(&self) -> StageReview {
        let base = self.base.costs;
        let repriced = self.tariff.as_ref().map(|tariff| {
            let other = self.between.unwrap_or(self.head);
            bill::repriced(self.base, Some(other), tariff)
        });
        let (at_rates, mut reasons) = repriced.map_or((base, vec![]), |r| (r.costs, r.reasons));
        let between = self.between.map_or(at_rates, |stage| stage.costs);
        let mut difference = Difference {
            prices: less(at_rates, base),
            choice: less(between, at_rates),
            spec: Costs::default(),
        };
        let rest = less(self.head.costs, between);
        if self.touched {
            difference.spec = rest;
        } else {
            difference.choice = [difference.choice, rest].into_iter().sum();
        }
        let status = if differs(self.base, self.head) {
            StageStatus::Changed
        } else {
            StageStatus::Unchanged
        };
        self.reasons(&mut reasons, status);
        StageReview {
            name: self.head.name.clone(),
            status,
            difference: Some(difference),
            reasons,
        }
    }

    fn reasons(&self, reasons: &mut Vec<Reason>, status: StageStatus) {
        if status == StageStatus::Unchanged {
            return;
        }
        let moved_by_prices = match (&self.tariff, self.between) {
            (Some(_), Some(between)) => differs_in_choice(self.base, between),
            (Some(_), None) => !self.touched && differs_in_choice(self.base, self.head),
            (None, _) => false,
        };
        if moved_by_prices {
            reasons.push(Reason::OtherPrices);
        }
        let after_prices = self.between.unwrap_or(self.base);
        if !differs(after_prices, self.head) {
            return;
        }
        if self.touched {
            let addresses = self.touching.clone();
            reasons.insert(0, Reason::Spec { addresses });
        } else if !self.elsewhere.is_empty() {
            let addresses = self.elsewhere.to_vec();
            reasons.push(Reason::Elsewhere { addresses });
        }
    }
}

/// A stage that is in one plan only: all of its bill is what the spec says.
pub(super) fn alone(stage: &PlannedStage, status: StageStatus) -> StageReview {
    let nothing = Costs::default();
    let spec = if status == StageStatus::Added {
        less(stage.costs, nothing)
    } else {
        less(nothing, stage.costs)
    };
    StageReview {
        name: stage.name.clone(),
        status,
        difference: Some(Difference {
            spec,
            ..Difference::default()
        }),
        reasons: vec![Reason::Spec {
            addresses: vec![format!("stage.{}", stage.name)],
        }],
    }
}

/// What `after` costs more than `before`, part by part. It is estimated where it isn't nothing and
/// one of them is.
pub(super) fn less(after: Costs, before: Costs) -> Costs {
    let costs = Costs {
        compute: after.compute - before.compute,
        waiting: after.waiting - before.waiting,
        movement: after.movement - before.movement,
        storage: after.storage - before.storage,
        covered: after.covered - before.covered,
        ..Costs::default()
    };
    let parts = [
        costs.compute,
        costs.waiting,
        costs.movement,
        costs.storage,
        costs.covered,
    ];
    let something = parts.iter().any(|part| *part != Money::ZERO);
    Costs {
        estimated: something && (after.estimated || before.estimated),
        ..costs.totalled()
    }
}

/// Whether a stage costs something else, or runs on something else.
fn differs(before: &PlannedStage, after: &PlannedStage) -> bool {
    differs_in_choice(before, after) || less(after.costs, before.costs) != Costs::default()
}

fn differs_in_choice(before: &PlannedStage, after: &PlannedStage) -> bool {
    before.placement != after.placement || before.nodes_of != after.nodes_of
}
