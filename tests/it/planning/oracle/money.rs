//! Money as whole micro-USD, from fractions that are exact up to the one rounding.

/// Millionths of a USD.
pub(super) type Micro = i128;

pub(super) const HOUR_MS: i128 = 3_600_000;
pub(super) const MONTH_MS: i128 = 730 * HOUR_MS;

/// Divides and rounds half to even.
pub(super) fn divide(numerator: i128, denominator: i128) -> i128 {
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    match (rest * 2).cmp(&denominator) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + whole % 2,
    }
}

/// `rate × amount / of`, where a rate is in pico-USD for each `of`.
pub(super) fn charge(rate: u64, amount: i128, of: i128) -> Micro {
    divide(i128::from(rate) * amount, of * 1_000_000)
}
