//! Whole numbers that stop at their largest instead of overflowing: a hostile shape gives an absurd
//! size and never a small one.

/// The product of all factors.
pub(super) fn product(factors: &[u64]) -> u64 {
    factors
        .iter()
        .fold(1, |all, factor| all.saturating_mul(*factor))
}

/// `count × numerator ÷ denominator`, rounded up. The denominator is taken as 1 where it is 0.
pub(super) fn share(count: u64, numerator: u64, denominator: u64) -> u64 {
    let product = u128::from(count) * u128::from(numerator);
    let share = product.div_ceil(u128::from(denominator.max(1)));
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// The sum of all.
pub(super) fn sum(terms: impl IntoIterator<Item = u64>) -> u64 {
    terms.into_iter().fold(0, u64::saturating_add)
}
