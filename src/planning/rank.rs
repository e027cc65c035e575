//! How good the best choice of each way to share is, and what is proven of the best of all.

use super::plan::Proof;
use crate::units::{Duration, Money};

/// How good a choice is, the least first: by budgets kept, by time where that is asked, by cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// Whether it exceeds budgets that others may keep.
    pub(super) exceeds: bool,
    /// Nothing where time doesn't count.
    pub(super) time: Duration,
    pub(super) cost: Money,
}

impl Rank {
    /// What nothing is better than.
    pub(super) const BEST: Self = Self {
        exceeds: false,
        time: Duration::ZERO,
        cost: Money::ZERO,
    };
    /// What nothing is worse than.
    pub(super) const WORST: Self = Self {
        exceeds: true,
        time: Duration::from_millis(u64::MAX),
        cost: Money::MAX,
    };

    /// Below what no choice of this way to share can be.
    pub(super) const fn bound(self, proof: Proof) -> Self {
        match proof {
            Proof::Optimal => self,
            Proof::Within { lower } => Self {
                cost: lower,
                ..self
            },
            Proof::WithinTime { lower } => Self {
                time: lower,
                cost: Money::ZERO,
                ..self
            },
        }
    }

    /// What is proven of the best choice of all ways, when none is below `bound`.
    pub(super) fn proof(self, bound: Self, own: Proof) -> Proof {
        if bound >= self {
            Proof::Optimal
        } else if bound.time < self.time {
            Proof::WithinTime { lower: bound.time }
        } else if matches!(own, Proof::WithinTime { .. }) {
            own
        } else {
            Proof::Within { lower: bound.cost }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn cost(micro: i128) -> Rank {
        Rank {
            exceeds: false,
            time: Duration::ZERO,
            cost: Money::from_micro_usd(micro),
        }
    }

    #[test]
    fn a_way_that_keeps_its_budgets_comes_before_a_cheaper_one_that_does_not() {
        let exceeding = Rank {
            exceeds: true,
            ..cost(1)
        };
        assert!(cost(9) < exceeding);
        assert_eq!(cost(9).proof(exceeding, Proof::Optimal), Proof::Optimal);
    }

    #[test]
    fn a_way_that_might_cost_less_weakens_the_proof() {
        let lower = Money::from_micro_usd(7);
        let other = cost(9).bound(Proof::Within { lower });
        assert_eq!(
            cost(8).proof(other, Proof::Optimal),
            Proof::Within { lower }
        );
        assert_eq!(cost(7).proof(other, Proof::Optimal), Proof::Optimal);
        let unknown = cost(8).proof(Rank::BEST, Proof::Optimal);
        assert_eq!(unknown, Proof::Within { lower: Money::ZERO });
    }

    #[test]
    fn a_way_that_might_be_faster_weakens_the_proof() {
        let hours = |n: u64| Duration::from_millis(n * 3_600_000);
        let at = |n: u64| Rank {
            time: hours(n),
            ..cost(1)
        };
        let lower = hours(5);
        let other = at(9).bound(Proof::WithinTime { lower });
        assert_eq!(
            at(8).proof(other, Proof::Optimal),
            Proof::WithinTime { lower }
        );
        assert_eq!(at(4).proof(other, Proof::Optimal), Proof::Optimal);
    }
}
