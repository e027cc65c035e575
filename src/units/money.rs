use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use super::{Bytes, Duration, Millionths, Rate, UnitError, decimal};

/// Pico-USD (the unit of [`Rate`]) in one micro-USD (the unit of [`Money`]).
const PICO_PER_MICRO: u128 = 1_000_000;

/// A cost in whole micro-USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

/// How much of a rate's unit is bought, as an exact fraction.
///
/// Built up by multiplication, so that a whole product is rounded once and not at every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    numerator: u128,
    denominator: u128,
}

impl Quantity {
    /// A plain count.
    #[must_use]
    pub fn count(n: u64) -> Self {
        Self {
            numerator: u128::from(n),
            denominator: 1,
        }
    }

    /// Hours, for rates per hour.
    #[must_use]
    pub fn hours(duration: Duration) -> Self {
        Self {
            numerator: u128::from(duration.millis()),
            denominator: 3_600_000,
        }
    }

    /// Hours of several nodes together, for rates per node-hour; from milliseconds.
    #[must_use]
    pub fn node_hours(millis: u128) -> Self {
        let divisor = greatest_common_divisor(millis, 3_600_000);
        Self {
            numerator: millis / divisor,
            denominator: 3_600_000 / divisor,
        }
    }

    /// Decimal gigabytes, for rates per GB: vendors' price pages print GB.
    #[must_use]
    pub fn gigabytes(bytes: Bytes) -> Self {
        Self {
            numerator: u128::from(bytes.get()),
            denominator: 1_000_000_000,
        }
    }

    /// Part of a month that a retention covers, at most one: what a month of steady runs holds
    /// beyond that is counted by the number of runs.
    #[must_use]
    pub fn months(duration: Duration) -> Self {
        Self {
            numerator: u128::from(duration.millis()),
            denominator: 730 * 3_600_000,
        }
    }

    /// The number itself, for printing, with what is below a millionth cut off.
    #[must_use]
    pub fn millionths(self) -> Millionths {
        let millionths = self.numerator.saturating_mul(1_000_000) / self.denominator;
        Millionths::new(u64::try_from(millionths).unwrap_or(u64::MAX))
    }

    /// More than can be counted; whatever it is multiplied with, it costs more than any bill.
    const BEYOND: Self = Self {
        numerator: u128::MAX,
        denominator: 1,
    };

    /// This many times as much.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        // Reducing costs a microsecond, and planning multiplies once for every machine shape: small
        // products are left as they are.
        let small = |n: Option<u128>| n.filter(|n| *n <= u128::from(u64::MAX));
        let plain = (
            small(self.numerator.checked_mul(other.numerator)),
            small(self.denominator.checked_mul(other.denominator)),
        );
        if let (Some(numerator), Some(denominator)) = plain {
            return Self {
                numerator,
                denominator,
            };
        }
        // Reduced crosswise first, so that the products are as small as they can be.
        let left = greatest_common_divisor(self.numerator, other.denominator);
        let right = greatest_common_divisor(other.numerator, self.denominator);
        let product = (
            (self.numerator / left).checked_mul(other.numerator / right),
            (self.denominator / right).checked_mul(other.denominator / left),
        );
        let (Some(n), Some(d)) = product else {
            return Self::BEYOND;
        };
        let divisor = greatest_common_divisor(n, d);
        Self {
            numerator: n / divisor,
            denominator: d / divisor,
        }
    }
}

impl From<Millionths> for Quantity {
    fn from(value: Millionths) -> Self {
        Self {
            numerator: u128::from(value.get()),
            denominator: 1_000_000,
        }
    }
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 {
        a.max(1)
    } else {
        greatest_common_divisor(b, a % b)
    }
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// More than any bill: what sums and products saturate at.
    pub const MAX: Self = Self(i128::MAX);

    /// From whole micro-USD.
    #[must_use]
    pub const fn from_micro_usd(value: i128) -> Self {
        Self(value)
    }

    /// In whole micro-USD.
    #[must_use]
    pub const fn micro_usd(self) -> i128 {
        self.0
    }

    /// Parses a decimal number of USD, at most 10²⁵: the largest number of a spec, and far from where
    /// sums saturate.
    ///
    /// # Errors
    ///
    /// [`UnitError`] when the text is no decimal, is negative or too large, or needs more than six
    /// decimals.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        const MOST: i128 = 10i128.pow(31);
        let value = decimal::parse(text.trim(), 6, " of USD like \"12000\"")?;
        let value = i128::try_from(value).ok().filter(|v| *v <= MOST);
        value.map(Self).ok_or_else(|| UnitError::OutOfRange {
            text: text.to_owned(),
        })
    }

    /// A share of an amount that isn't negative, rounded half to even; [`Money::MAX`] beyond it.
    #[must_use]
    pub fn share(self, share: Millionths) -> Self {
        let amount = self.0.max(0).unsigned_abs();
        decimal::multiply_divide(amount, share.get(), 1_000_000)
            .and_then(|micro| i128::try_from(micro).ok())
            .map_or(Self::MAX, Self)
    }

    /// The cost of `quantity` at `rate`, rounded half to even to a whole micro-USD.
    ///
    /// The only place where a rate becomes money. Exact up to 10³² USD; [`Money::MAX`] beyond.
    #[must_use]
    pub fn charge(rate: Rate, quantity: Quantity) -> Self {
        if rate == Rate::ZERO {
            return Self::ZERO;
        }
        let micro = quantity
            .denominator
            .checked_mul(PICO_PER_MICRO)
            .and_then(|divisor| {
                decimal::multiply_divide(quantity.numerator, rate.pico_usd(), divisor)
            });
        micro
            .and_then(|micro| i128::try_from(micro).ok())
            .map_or(Self::MAX, Self)
    }

    /// What `time` costs at this much per hour, rounded half to even; [`Money::MAX`] beyond counting.
    #[must_use]
    pub fn for_hours(self, time: Duration) -> Self {
        let cost = self.0.unsigned_abs().checked_mul(time.millis().into());
        let Some(cost) = cost.map(|cost| decimal::divide_half_even(cost, 3_600_000)) else {
            return Self::MAX;
        };
        let cost = i128::try_from(cost).unwrap_or(i128::MAX);
        Self(if self.0 < 0 { -cost } else { cost })
    }

    /// This part of it, rounded down; nothing of nothing, and [`Money::MAX`] beyond counting.
    #[must_use]
    pub fn portion(self, part: u128, of: u128) -> Self {
        let divisor = greatest_common_divisor(part, of);
        let (part, of) = (part / divisor, of / divisor);
        let whole = self.0.unsigned_abs();
        let share = match (of, whole.checked_mul(part)) {
            (0, _) => 0,
            (of, Some(product)) => product / of,
            // What doesn't fit loses digits where nobody sees them.
            (of, None) => (whole / of).saturating_mul(part),
        };
        let share = i128::try_from(share).unwrap_or(i128::MAX);
        Self(if self.0 < 0 { -share } else { share })
    }

    /// With cents and thousands separators, rounded half to even: `6,863.12`, `-0.50`.
    #[must_use]
    pub fn cents(self) -> String {
        let cents = decimal::divide_half_even(self.0.unsigned_abs(), 10_000);
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", grouped(cents / 100), cents % 100)
    }
}

/// A whole number with thousands separators: `1,234,567`.
#[must_use]
pub fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl fmt::Display for Money {
    /// Exact, in USD with at least two decimals: `12.34`, `0.000417`. For machines and for tests;
    /// people read [`Money::cents`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!(
            "{sign}{}",
            decimal::print(self.0.unsigned_abs(), 6, 2)
        ))
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_an_hourly_rate_is_exact() {
        let rate = Rate::parse("0.3345").unwrap();
        let month = Quantity::hours(Duration::from_hours(730));
        assert_eq!(Money::charge(rate, month).to_string(), "244.185");
    }

    #[test]
    fn a_product_is_rounded_once() {
        let third = Quantity {
            numerator: 1,
            denominator: 3,
        };
        let three = Quantity::count(3);
        assert_eq!(
            Money::charge(Rate::parse("1").unwrap(), third.times(three)).to_string(),
            "1.00"
        );
    }

    #[test]
    fn a_product_with_many_digits_is_exact() {
        // 123,456.789012347 GB × 30.416667 × 2,591,999,999 / 2,628,000,000 × 0.023 USD, by hand in
        // a big-number calculator. The numerator alone has 147 bits.
        let quantity = Quantity::gigabytes(Bytes::new(123_456_789_012_347))
            .times(Quantity::from(Millionths::new(30_416_667)))
            .times(Quantity::months(Duration::from_millis(2_591_999_999)));
        let cost = Money::charge(Rate::parse("0.023").unwrap(), quantity);
        assert_eq!(cost.micro_usd(), 85_185_185_319);
    }

    #[test]
    fn what_is_beyond_counting_costs_more_than_any_bill() {
        let most = Quantity::count(u64::MAX);
        let beyond = most.times(most).times(most);
        assert_eq!(
            Money::charge(Rate::parse("0.01").unwrap(), beyond),
            Money::MAX
        );
        assert_eq!(Money::charge(Rate::ZERO, beyond), Money::ZERO);
    }

    #[test]
    fn hours_are_charged_by_the_millisecond() {
        let hourly = Money::from_micro_usd(3_600_001);
        let of = |millis| hourly.for_hours(Duration::from_millis(millis)).micro_usd();
        assert_eq!((of(1), of(1_500), of(3_600_000)), (1, 1_500, 3_600_001));
        assert_eq!(Money::MAX.for_hours(Duration::from_hours(2)), Money::MAX);
    }

    #[test]
    fn amounts_are_parsed_and_shared_exactly() {
        let largest = Money::parse("10000000000000000000000000").unwrap();
        assert_eq!(largest.micro_usd(), 10i128.pow(31));
        assert!(Money::parse("10000000000000000000000000.000001").is_err());
        assert!(Money::parse("0.0000001").is_err());
        let share = Millionths::new(800_000);
        let limit = Money::parse("12000").unwrap();
        assert_eq!(limit.share(share), Money::parse("9600").unwrap());
        assert_eq!(
            Money::from_micro_usd(3).share(Millionths::new(500_000)),
            Money::from_micro_usd(2)
        );
    }

    #[test]
    fn cents_are_grouped_and_signed() {
        assert_eq!(
            Money::from_micro_usd(6_863_124_999_999).cents(),
            "6,863,125.00"
        );
        assert_eq!(Money::from_micro_usd(-500_000).cents(), "-0.50");
        assert_eq!(Money::from_micro_usd(-1).cents(), "0.00");
    }
}
