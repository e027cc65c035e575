//! Differences of money, for reading.

use crate::units::{Money, grouped};

/// `+743.12`, `-0.50`, `0.00`; all digits where cents would hide that it isn't nothing.
pub(super) fn signed(amount: Money) -> String {
    format!("{}{}", sign(amount), size(amount))
}

/// `+USD 743.12`.
pub(super) fn signed_usd(amount: Money) -> String {
    format!("{}USD {}", sign(amount), size(amount))
}

fn sign(amount: Money) -> &'static str {
    match amount.micro_usd() {
        0 => "",
        1.. => "+",
        _ => "-",
    }
}

fn size(amount: Money) -> String {
    let amount = if amount < Money::ZERO {
        -amount
    } else {
        amount
    };
    let cents = amount.cents();
    if cents == "0.00" && amount != Money::ZERO {
        amount.to_string()
    } else {
        cents
    }
}

/// `+12 %`, `-0.4 %`: whole from 10 % on, to a tenth below. Nothing of nothing has no percent.
pub(super) fn percent(before: Money, difference: Money) -> Option<String> {
    if before <= Money::ZERO || difference == Money::ZERO {
        return None;
    }
    let sign = sign(difference);
    let whole = before.micro_usd().unsigned_abs();
    let tenths = nearest(difference, 1000, whole);
    Some(match tenths {
        0 => format!("{sign}0.1 % at most"),
        1..100 => format!("{sign}{}.{} %", tenths / 10, tenths % 10),
        _ => format!("{sign}{} %", grouped(nearest(difference, 100, whole))),
    })
}

/// So many of `times` parts of a whole, to the nearest.
fn nearest(part: Money, times: u128, whole: u128) -> u128 {
    let part = part.micro_usd().unsigned_abs();
    part.saturating_mul(times).saturating_add(whole / 2) / whole.max(1)
}

/// What is used of a limit, in whole percent rounded up: what is above isn't shown as all.
pub(super) fn used(used: Money, limit: Money) -> Option<String> {
    let part = used.micro_usd().unsigned_abs();
    let whole = limit.micro_usd().unsigned_abs();
    (whole > 0).then(|| format!("{} %", grouped(part.saturating_mul(100).div_ceil(whole))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn a_difference_has_its_sign_before_the_currency() {
        assert_eq!(signed_usd(usd("1743.12")), "+USD 1,743.12");
        assert_eq!(signed_usd(-usd("0.5")), "-USD 0.50");
        assert_eq!(signed(Money::ZERO), "0.00");
    }

    #[test]
    fn less_than_a_cent_is_not_shown_as_nothing() {
        assert_eq!(signed(-usd("0.000417")), "-0.000417");
    }

    #[test]
    fn percents_are_as_fine_as_they_are_small() {
        let of = |before, difference| percent(usd(before), difference);
        assert_eq!(of("6120", usd("743.12")).as_deref(), Some("+12 %"));
        assert_eq!(of("1000", -usd("99.9")).as_deref(), Some("-10.0 %"));
        assert_eq!(of("1000", usd("4.2")).as_deref(), Some("+0.4 %"));
        assert_eq!(of("1000", usd("0.2")).as_deref(), Some("+0.1 % at most"));
        assert_eq!(of("1", usd("1234")).as_deref(), Some("+123,400 %"));
        assert_eq!(of("0", usd("5")), None);
        assert_eq!(of("5", Money::ZERO), None);
    }

    #[test]
    fn what_is_above_a_limit_is_more_than_all_of_it() {
        assert_eq!(used(usd("100.01"), usd("100")).as_deref(), Some("101 %"));
        assert_eq!(used(usd("1"), Money::ZERO), None);
    }
}
