use std::cmp::Ordering;
use std::fmt;

/// Decimals kept: as many as a rate has, so that no price loses a digit on its way through an
/// expression.
const SCALE: usize = 12;
const ONE: i128 = 1_000_000_000_000;
/// Largest magnitude, 10²⁵. It leaves room for one more digit during long division, and is far
/// beyond the bytes, parameters and USD of any spec.
const LIMIT: i128 = 10i128.pow(25) * ONE;

/// A number of an expression: exact, with twelve decimals. No floating point is involved, so
/// `0.1 + 0.2` is `0.3` and `1.90` is `1.9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(i128);

impl Number {
    pub(crate) const ZERO: Self = Self(0);

    fn checked(value: i128) -> Option<Self> {
        (value.abs() <= LIMIT).then_some(Self(value))
    }

    /// From a whole number; `None` beyond the limit.
    pub(crate) fn whole(value: i128) -> Option<Self> {
        value.checked_mul(ONE).and_then(Self::checked)
    }

    /// From a count of things in memory, which is always within the limit.
    pub(crate) fn count(value: usize) -> Self {
        Self(i128::try_from(value).unwrap_or(0).saturating_mul(ONE))
    }

    /// Parses `-1`, `0.34`, `1.5e3`; `None` when it is no number, too large or too fine.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((m, e)) => (m, e.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction.trim_end_matches('0')].concat();
        let decimals = i64::try_from(fraction.trim_end_matches('0').len()).ok()?;
        if whole.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() > 38 {
            return None;
        }
        let value: i128 = digits.parse().ok()?;
        let power = 12 + i64::from(exponent) - decimals;
        let value = shift(value, power)?;
        Self::checked(if negative { -value } else { value })
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::checked)
    }

    pub(crate) fn sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::checked)
    }

    pub(crate) fn neg(self) -> Self {
        Self(-self.0)
    }

    pub(crate) fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// The product, rounded half to even at the twelfth decimal.
    pub(crate) fn mul(self, other: Self) -> Option<Self> {
        let (aw, af) = (self.0 / ONE, self.0 % ONE);
        let (bw, bf) = (other.0 / ONE, other.0 % ONE);
        let whole = aw.checked_mul(bw)?.checked_mul(ONE)?;
        let cross = aw.checked_mul(bf)?.checked_add(af.checked_mul(bw)?)?;
        let fine = round_half_even(af * bf, ONE);
        whole
            .checked_add(cross)?
            .checked_add(fine)
            .and_then(Self::checked)
    }

    /// The quotient, rounded half to even at the twelfth decimal; `None` for a zero divisor or
    /// beyond the limit.
    pub(crate) fn div(self, other: Self) -> Option<Self> {
        if other.0 == 0 {
            return None;
        }
        let divisor = other.0.unsigned_abs();
        let mut quotient = self.0.unsigned_abs() / divisor;
        let mut rest = self.0.unsigned_abs() % divisor;
        for _ in 0..SCALE {
            rest *= 10;
            quotient = quotient.checked_mul(10)?.checked_add(rest / divisor)?;
            rest %= divisor;
        }
        let up = match (rest * 2).cmp(&divisor) {
            Ordering::Greater => 1,
            Ordering::Equal => quotient % 2,
            Ordering::Less => 0,
        };
        let magnitude = i128::try_from(quotient + up).ok()?;
        let negative = (self.0 < 0) != (other.0 < 0);
        Self::checked(if negative { -magnitude } else { magnitude })
    }

    /// The rest of a division, with the sign of the dividend; `None` for a zero divisor.
    pub(crate) fn rem(self, other: Self) -> Option<Self> {
        self.0.checked_rem(other.0).map(Self)
    }

    pub(crate) fn floor(self) -> Self {
        Self(self.0.div_euclid(ONE) * ONE)
    }

    pub(crate) fn ceil(self) -> Self {
        Self(-(-self.0).div_euclid(ONE) * ONE)
    }

    /// To the nearest whole number, half to even.
    pub(crate) fn round(self) -> Self {
        Self(round_half_even(self.0, ONE) * ONE)
    }

    /// As a whole number, if it is one.
    pub(crate) fn as_whole(self) -> Option<i128> {
        (self.0 % ONE == 0).then_some(self.0 / ONE)
    }

    /// As a place in a list, if it is one.
    pub(crate) fn as_index(self) -> Option<usize> {
        self.as_whole().and_then(|v| usize::try_from(v).ok())
    }
}

fn shift(value: i128, power: i64) -> Option<i128> {
    if value == 0 {
        return Some(0);
    }
    let factor = 10i128.checked_pow(u32::try_from(power.unsigned_abs()).ok()?)?;
    if power >= 0 {
        value.checked_mul(factor)
    } else {
        (value % factor == 0).then_some(value / factor)
    }
}

fn round_half_even(value: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (value / divisor, value % divisor);
    let twice = rest.abs() * 2;
    let up = twice > divisor || (twice == divisor && quotient % 2 != 0);
    quotient + if up { value.signum() } else { 0 }
}

impl fmt::Display for Number {
    /// The shortest exact decimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let one = ONE.unsigned_abs();
        let fraction = format!("{:0SCALE$}", magnitude % one);
        let fraction = fraction.trim_end_matches('0');
        let sign = if self.0 < 0 { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        f.pad(&format!("{sign}{}{point}{fraction}", magnitude / one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn n(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn decimals_are_exact() {
        for (text, shown) in [
            ("1.90", "1.9"),
            ("-0.5", "-0.5"),
            ("1.5e3", "1500"),
            ("25E-2", "0.25"),
            ("18446744073709551616", "18446744073709551616"),
        ] {
            assert_eq!(n(text).to_string(), shown);
        }
        assert_eq!(n("0.1").add(n("0.2")), Some(n("0.3")));
        assert_eq!(n("1.1").mul(n("-1.1")), Some(n("-1.21")));
    }

    #[test]
    fn division_rounds_at_the_twelfth_decimal() {
        assert_eq!(n("1").div(n("3")).unwrap().to_string(), "0.333333333333");
        assert_eq!(n("-2").div(n("3")).unwrap().to_string(), "-0.666666666667");
        assert_eq!(n("1e25").div(n("1e25")), Some(n("1")));
        assert_eq!(n("7").div(Number::ZERO), None);
        assert_eq!(n("1e20").div(n("0.000001")), None);
    }

    #[test]
    fn rounding_goes_the_right_way_below_zero() {
        assert_eq!(n("-1.5").floor(), n("-2"));
        assert_eq!(n("-1.5").ceil(), n("-1"));
        assert_eq!(n("1.2").ceil(), n("2"));
        assert_eq!(n("-7").rem(n("3")), Some(n("-1")));
    }

    #[test]
    fn numbers_that_cannot_be_kept_are_refused() {
        for text in ["", ".", "1e99", "0.0000000000001", "1..2", "x", "--1", "1e"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        assert_eq!(n("1e25").mul(n("2")), None);
    }
}
