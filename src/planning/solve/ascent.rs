//! Moves the prices of constraints to where the lower bound is highest.
//!
//! A subgradient of the bound is how much its choice exceeds each limit. A step goes along it, as far
//! as the gap to the best known cost suggests (B. Polyak, USSR Computational Mathematics 9(3), 1969),
//! and shorter whenever the bound hasn't risen for a while. Violations count as shares of limits,
//! since one may be counted in nodes and another one in seconds.

use super::Weight;
use super::relaxation::{POINT, Prices, WHOLE};
use super::rows::{Row, share};
use crate::planning::optimise::Cost;

/// Rounds without a better bound before steps get shorter by half.
const PATIENCE: u32 = 3;

/// Times that steps are halved before the ascent has arrived.
const HALVINGS: u32 = 6;

/// Largest change of a price times its limit in one step, in micro-USD, and largest such price.
const MOST: i128 = 1 << 58;

/// How the bound rises with a price.
pub(super) struct Slope {
    /// How much a choice exceeds a limit, in millionths of it.
    pub(super) share: i128,
    pub(super) limit: Weight,
    /// Most that the price may be.
    pub(super) most: i128,
}

impl Slope {
    pub(super) fn of_row(row: &Row, excess: Weight) -> Self {
        Self {
            share: if row.met {
                share(excess, row.constraint.limit)
            } else {
                0
            },
            limit: row.constraint.limit,
            most: MOST << POINT,
        }
    }

    /// Of a credit of which `left` is left and so much more is drawn.
    pub(super) fn of_credit((overdrawn, left): (Cost, Cost)) -> Self {
        Self {
            share: share(overdrawn, left),
            limit: left,
            most: WHOLE,
        }
    }
}

/// Prices on their way up.
pub(super) struct Ascent {
    prices: Vec<i128>,
    best: Vec<i128>,
    highest: Option<Cost>,
    stalled: u32,
    halvings: u32,
}

impl Ascent {
    pub(super) fn new(from: &[i128]) -> Self {
        Self {
            prices: from.to_vec(),
            best: from.to_vec(),
            highest: None,
            stalled: 0,
            halvings: 0,
        }
    }

    pub(super) fn prices(&self) -> Prices {
        self.prices.as_slice().into()
    }

    /// Those of the highest bound so far.
    pub(super) fn best(&self) -> Prices {
        self.best.as_slice().into()
    }

    /// Notes the bound at these prices.
    pub(super) fn observe(&mut self, bound: Cost) {
        if self.highest.is_none_or(|highest| bound > highest) {
            self.highest = Some(bound);
            self.best.clone_from(&self.prices);
            self.stalled = 0;
        } else {
            self.stalled += 1;
            if self.stalled == PATIENCE {
                self.stalled = 0;
                self.halvings += 1;
            }
        }
    }

    /// Steps from a choice that gave `bound` towards `target`; returns whether anything moved.
    pub(super) fn step(&mut self, slopes: &[Slope], bound: Cost, target: Cost) -> bool {
        self.prices.resize(slopes.len(), 0);
        self.best.resize(slopes.len(), 0);
        if self.halvings > HALVINGS {
            return false;
        }
        let along = |(slope, price): (&Slope, &i128)| {
            // A limit that isn't used up can't become cheaper than free.
            let floor = *price == 0 && slope.share < 0;
            let ceiling = *price == slope.most && slope.share > 0;
            if floor || ceiling { 0 } else { slope.share }
        };
        let shares: Vec<i128> = slopes.iter().zip(&self.prices).map(along).collect();
        let squares = shares.iter().map(|s| s.saturating_mul(*s));
        let square = squares.fold(0, i128::saturating_add);
        if square == 0 {
            return false;
        }
        let gap = (i128::from(target) - i128::from(bound)).clamp(1, MOST);
        let mut moved = false;
        for ((price, slope), share) in self.prices.iter_mut().zip(slopes).zip(&shares) {
            // In micro-USD per limit: gap × slope / |slope|², slopes being millionths.
            let change = (gap * 1_000_000).saturating_mul(*share) / square;
            let change = change.clamp(-MOST, MOST) << POINT;
            let limit = i128::from(slope.limit.max(1));
            let next = (*price + ((change / limit) >> self.halvings)).clamp(0, slope.most);
            moved |= next != *price;
            *price = next;
        }
        moved
    }
}
