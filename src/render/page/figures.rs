//! Amounts as a page shows them.

use maud::{Markup, html};

use crate::render::plan::ESTIMATED;
use crate::units::Money;

/// A cell with an amount in USD. The mark has a column of its own, so that digits stay in line.
pub(super) fn cell(amount: Money, mark: &str) -> Markup {
    html! { td.num data-key=(amount.micro_usd()) { (marked(&amount.cents(), mark)) } }
}

/// A figure with its mark, or with the room of one.
pub(super) fn marked(figure: &str, mark: &str) -> Markup {
    let what = match mark {
        "" => None,
        ESTIMATED => Some("estimated"),
        _ => Some("derived"),
    };
    html! {
        (figure) span.mark title=[what] { (mark) }
    }
}

/// A cell with a figure that isn't money, with the room of a mark.
pub(super) fn plain(figure: &str) -> Markup {
    html! { td.num { (marked(figure, "")) } }
}

/// A sentence whose `words from the spec` stand in code.
pub(super) fn said(sentence: &str) -> Markup {
    let parts: Vec<&str> = sentence.split('`').collect();
    // With one mark left over, none is taken for a pair.
    let paired = parts.len() % 2 == 1;
    html! {
        @if paired {
            @for (i, part) in parts.iter().enumerate() {
                @if i % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else {
            (sentence)
        }
    }
}

/// A difference with its sign: `+120.00`, `−3.50`, `0.00`.
pub(super) fn signed(amount: Money) -> String {
    let cents = amount.cents();
    match cents.strip_prefix('-') {
        Some(less) => format!("\u{2212}{less}"),
        None if cents == "0.00" => cents,
        None => format!("+{cents}"),
    }
}

/// A cell with a difference in USD.
pub(super) fn difference(amount: Money, mark: &str) -> Markup {
    html! { td.num data-key=(amount.micro_usd()) { (marked(&signed(amount), mark)) } }
}

/// A part of a whole in hundredths of a percent, at most 100 %. Nothing has no parts.
pub(super) fn share(part: u128, whole: u128) -> u32 {
    let Some(share) = part.saturating_mul(10_000).checked_div(whole) else {
        return 0;
    };
    u32::try_from(share.min(10_000)).unwrap_or(10_000)
}

/// Whole percent of a whole, to the nearest: `42 %`.
pub(super) fn percent(part: Money, whole: Money) -> String {
    let (part, whole) = (part.micro_usd(), whole.micro_usd());
    if whole <= 0 {
        return "\u{2013}".into();
    }
    let percent =
        (part.saturating_mul(200).saturating_add(whole)).div_euclid(whole.saturating_mul(2));
    format!("{percent} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_signs_and_nothing_has_none() {
        let usd = |micro| signed(Money::from_micro_usd(micro));
        assert_eq!(usd(743_000_000), "+743.00");
        assert_eq!(usd(-3_500_000), "\u{2212}3.50");
        assert_eq!([usd(0), usd(-1), usd(1)], ["0.00"; 3]);
    }

    #[test]
    fn pairs_of_backticks_become_code_and_single_ones_stay() {
        assert_eq!(
            said("no `a<b` there").into_string(),
            "no <code>a&lt;b</code> there"
        );
        assert_eq!(said("a ` alone").into_string(), "a ` alone");
    }

    #[test]
    fn shares_stay_within_the_whole() {
        assert_eq!(share(1, 3), 3333);
        assert_eq!(share(5, 3), 10_000);
        assert_eq!(share(5, 0), 0);
        assert_eq!(share(u128::MAX, 1), 10_000);
    }

    #[test]
    fn percent_are_rounded_to_the_nearest() {
        let of = |a, b| percent(Money::from_micro_usd(a), Money::from_micro_usd(b));
        assert_eq!(of(1, 3), "33 %");
        assert_eq!(of(2, 3), "67 %");
        assert_eq!(of(-1, 2), "-50 %");
        assert_eq!(of(-1, 400), "0 %");
        assert_eq!(of(1, 0), "\u{2013}");
    }
}
