//! A line through what a user measured at two batch sizes.

use std::collections::BTreeMap;

use super::estimate::{Estimate, Moment, Term};
use crate::units::Bytes;

/// Memory at a batch size, on the line through the smallest and the largest that were measured;
/// `None` when fewer than two were. Never less than what was measured at a smaller batch.
pub(super) fn estimate(
    measured: &BTreeMap<u32, Bytes>,
    batch: u32,
    moment: Option<Moment>,
) -> Option<Estimate> {
    let (first, last) = (measured.first_key_value()?, measured.last_key_value()?);
    let span = i128::from(last.0.checked_sub(*first.0)?);
    if span == 0 {
        return None;
    }
    let rise = i128::from(last.1.get()) - i128::from(first.1.get());
    let ahead = i128::from(batch) - i128::from(*first.0);
    let line = i128::from(first.1.get()) + (rise * ahead).div_euclid(span);
    let below = measured.range(..=batch).map(|(_, bytes)| bytes.get());
    let least = below.max().unwrap_or(0);
    let bytes = u64::try_from(line.max(0)).unwrap_or(u64::MAX).max(least);
    let mut estimate = Estimate::new(moment);
    estimate.measured = true;
    let formula = format!(
        "on the line through what was measured at batches of {} and {}",
        first.0, last.0
    );
    estimate.push(Term::Measured, bytes, formula);
    Some(estimate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(points: &[(u32, u64)], batch: u32, bytes: Option<u64>) {
        let measured = points
            .iter()
            .map(|(batch, bytes)| (*batch, Bytes::new(*bytes)));
        let found = estimate(&measured.collect(), batch, None);
        assert_eq!(found.map(|estimate| estimate.total()), bytes);
    }

    #[test]
    fn sizes_are_on_the_line_through_the_ends() {
        let points = [(4, 1100), (8, 1300), (12, 1500)];
        for (batch, bytes) in [(1, 950), (4, 1100), (6, 1200), (16, 1700)] {
            check(&points, batch, Some(bytes));
        }
    }

    #[test]
    fn nothing_is_less_than_what_a_smaller_batch_took() {
        check(&[(4, 1300), (8, 1100)], 8, Some(1300));
        check(&[(4, 1300), (8, 1100)], 64, Some(1300));
    }

    #[test]
    fn one_point_makes_no_line() {
        check(&[], 4, None);
        check(&[(4, 1100)], 4, None);
    }
}
