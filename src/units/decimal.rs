//! Exact decimal text ⇄ scaled integers, shared by the units.

use super::UnitError;

/// Parses a non-negative decimal such as `12`, `0.34` or `1.5e-3` into `value × 10^scale`, exactly.
///
/// # Errors
///
/// [`UnitError::NotANumber`], [`UnitError::OutOfRange`], or [`UnitError::TooPrecise`] when digits
/// other than zero would be lost.
pub(super) fn parse(text: &str, scale: u32, expected: &'static str) -> Result<u128, UnitError> {
    let bad = || UnitError::NotANumber {
        text: text.to_owned(),
        expected,
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((m, e)) => (m, e.parse::<i32>().map_err(|_| bad())?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if whole.is_empty() || digits.len() > 36 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let value: u128 = digits.parse().map_err(|_| bad())?;
    let decimals = i64::try_from(fraction.len()).map_err(|_| bad())?;
    shift(
        value,
        i64::from(scale) + i64::from(exponent) - decimals,
        text,
    )
}

fn shift(value: u128, power: i64, text: &str) -> Result<u128, UnitError> {
    let range = || UnitError::OutOfRange {
        text: text.to_owned(),
    };
    if value == 0 {
        return Ok(0);
    }
    let magnitude = u32::try_from(power.unsigned_abs()).map_err(|_| range())?;
    let factor = 10u128.checked_pow(magnitude);
    if power >= 0 {
        return factor.and_then(|f| value.checked_mul(f)).ok_or_else(range);
    }
    match factor {
        Some(f) if value.is_multiple_of(f) => Ok(value / f),
        _ => Err(UnitError::TooPrecise {
            text: text.to_owned(),
        }),
    }
}

/// Prints `value / 10^scale` with at least `min` decimals and no further trailing zeros.
pub(super) fn print(value: u128, scale: u32, min: usize) -> String {
    let factor = 10u128.pow(scale);
    let fraction = format!("{:0width$}", value % factor, width = scale as usize);
    let kept = fraction.trim_end_matches('0').len().max(min);
    let whole = value / factor;
    if kept == 0 {
        whole.to_string()
    } else {
        format!("{whole}.{}", &fraction[..kept])
    }
}

/// Divides and rounds half to even.
#[inline]
pub(super) fn divide_half_even(numerator: u128, denominator: u128) -> u128 {
    let (quotient, remainder) = match (u64::try_from(numerator), u64::try_from(denominator)) {
        // Nearly all amounts are that small, and machines divide them ten times as fast.
        (Ok(n), Ok(d)) => (u128::from(n / d), u128::from(n % d)),
        _ => (numerator / denominator, numerator % denominator),
    };
    let missing = denominator - remainder;
    let up = remainder > missing || (remainder == missing && !quotient.is_multiple_of(2));
    quotient + u128::from(up)
}

/// `value × factor / divisor`, rounded half to even, exact even where the product has more than 128
/// bits; `None` where the quotient has, or the divisor has more than 110.
pub(super) fn multiply_divide(value: u128, factor: u64, divisor: u128) -> Option<u128> {
    if let Some(product) = value.checked_mul(factor.into()) {
        return Some(divide_half_even(product, divisor));
    }
    if divisor.leading_zeros() < 18 {
        return None;
    }
    // Long multiplication, sixteen bits of the factor at a time, dividing as it goes: remainders
    // stay below the divisor, so that nothing between has more than 127 bits.
    let (whole, rest) = (value / divisor, value % divisor);
    let (mut quotient, mut remainder) = (0u128, 0u128);
    for shift in [48, 32, 16, 0] {
        let digit = u128::from((factor >> shift) & 0xffff);
        let carried = (remainder << 16) + rest * digit;
        quotient = quotient
            .checked_mul(1 << 16)?
            .checked_add(whole.checked_mul(digit)?)?
            .checked_add(carried / divisor)?;
        remainder = carried % divisor;
    }
    let up = remainder * 2 > divisor || (remainder * 2 == divisor && quotient % 2 == 1);
    quotient.checked_add(u128::from(up))
}

/// Splits `"1.5TiB"` into its number and its unit.
pub(super) fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_survive_a_round_trip() {
        for text in ["0", "0.34", "12.5", "63.296", "0.000001"] {
            assert_eq!(print(parse(text, 12, "").unwrap(), 12, 0), text);
        }
    }

    #[test]
    fn exponents_shift_the_point() {
        assert_eq!(parse("1.5e-3", 6, "").unwrap(), 1500);
        assert_eq!(parse("2E2", 0, "").unwrap(), 200);
    }

    #[test]
    fn lost_digits_are_refused() {
        assert!(matches!(
            parse("0.0000001", 6, ""),
            Err(UnitError::TooPrecise { .. })
        ));
        assert!(matches!(
            parse("1e99999", 6, ""),
            Err(UnitError::OutOfRange { .. })
        ));
        for bad in ["", ".", "x", "1..2", "-1", "1e", "NaN"] {
            assert!(
                matches!(parse(bad, 6, ""), Err(UnitError::NotANumber { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn wide_products_are_divided_exactly() {
        let wide = |value, factor, divisor| multiply_divide(value, factor, divisor);
        assert_eq!(wide(7, 3, 2), Some(10));
        // (2^120 + 1) × (2^64 − 1) / 2^100, by shifts: 2^84 − 2^20 + a fraction below a half.
        let (value, divisor) = ((1 << 120) + 1, 1 << 100);
        assert_eq!(wide(value, u64::MAX, divisor), Some((1 << 84) - (1 << 20)));
        // A tie: 3 × 2^126 × 2 / 2^128 isn't wide enough to matter, 2^127 × 3 / 2^100 is.
        assert_eq!(wide(1 << 127, 3, 1 << 100), Some(3 << 27));
        assert_eq!(
            wide((1 << 127) + (1 << 98), 6, 1 << 100),
            Some((6 << 27) + 2)
        );
        assert_eq!(wide(u128::MAX, u64::MAX, 1), None);
        assert_eq!(wide(u128::MAX, u64::MAX, u128::MAX), None);
    }

    #[test]
    fn ties_go_to_even() {
        assert_eq!(divide_half_even(5, 2), 2);
        assert_eq!(divide_half_even(7, 2), 4);
        assert_eq!(divide_half_even(8, 3), 3);
        assert_eq!(divide_half_even(7, 3), 2);
        // Beyond 64 bits it is the same.
        let large = 1u128 << 70;
        assert_eq!(divide_half_even(5 * large, 2 * large), 2);
        assert_eq!(divide_half_even(7 * large, 2 * large), 4);
        assert_eq!(divide_half_even(8 * large, 3), 8 * large / 3 + 1);
        assert_eq!(
            divide_half_even(u128::from(u64::MAX), u128::from(u64::MAX)),
            1
        );
    }
}
