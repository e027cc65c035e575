//! Differences of money in words.

use crate::planning::plan::Costs;
use crate::review::{Difference, OneOff, OneOffCost, OneOffKind, Review, SpecReview};
use crate::units::Money;

/// `+743.12`, `-3.00`, `0.00`.
pub(super) fn signed(amount: Money) -> String {
    let cents = amount.cents();
    if amount > Money::ZERO && cents != "0.00" {
        format!("+{cents}")
    } else {
        cents
    }
}

/// `+USD 743.12`, `-USD 3.00`, `USD 0.00`.
pub(super) fn signed_usd(amount: Money) -> String {
    let text = signed(amount);
    match text.split_at_checked(1) {
        Some((sign @ ("+" | "-"), figure)) => format!("{sign}USD {figure}"),
        _ => format!("USD {text}"),
    }
}

/// ` (+12 %)`, to a tenth below ten percent; nothing where there was nothing before.
pub(in crate::render) fn share(difference: Money, before: Money) -> String {
    let (difference, before) = (difference.micro_usd(), before.micro_usd());
    if before <= 0 {
        return String::new();
    }
    let half = before / 2;
    let rounded = |scale: i128| {
        let scaled = difference
            .unsigned_abs()
            .saturating_mul(scale.unsigned_abs());
        scaled.saturating_add(half.unsigned_abs()) / before.unsigned_abs()
    };
    let sign = if difference < 0 { '-' } else { '+' };
    let tenths = rounded(1000);
    match tenths {
        0 => String::new(),
        1..100 => format!(" ({sign}{}.{} %)", tenths / 10, tenths % 10),
        _ => format!(" ({sign}{} %)", crate::units::grouped(rounded(100))),
    }
}

/// What the canonical form of a spec calls otherwise than people write it.
const WRITTEN: [(&str, &str); 12] = [
    ("demand.runs.work.fixed", "run.duration"),
    ("demand.runs.work.per-gpu", "run.work"),
    ("demand.runs.per_month.runs", "run.runs_per_month"),
    ("demand.runs.per_month.schedule", "run.schedule"),
    ("demand.runs", "run"),
    (
        "demand.always-on.replicas.throughput.fixed",
        "replicas.throughput_rps",
    ),
    (
        "demand.always-on.replicas.throughput.per-gpu",
        "replicas.throughput_rps",
    ),
    ("demand.always-on", ""),
    ("requirements.gpu.choice.any-of", "requirements.gpu.any_of"),
    (
        "requirements.gpu.choice.prefer.preferred",
        "requirements.gpu.prefer",
    ),
    (
        "requirements.gpu.choice.prefer.otherwise",
        "requirements.gpu.else_any_of",
    ),
    ("requirements.gpu.choice", "requirements.gpu"),
];

/// The path of a change as the spec writes it: `run.work.A10G` for `demand.runs.work.per-gpu.A10G`.
pub(in crate::render) fn written(path: &str) -> String {
    let found = WRITTEN.iter().find_map(|(canonical, written)| {
        let rest = path.strip_prefix(canonical)?;
        let whole = rest.is_empty() || rest.starts_with('.');
        whole.then(|| format!("{written}{rest}"))
    });
    let written = found.unwrap_or_else(|| path.to_owned());
    written.trim_start_matches('.').to_owned()
}

/// The bills before and after of all specs together; `None` where one isn't known.
pub(super) fn whole(review: &Review) -> Option<(Money, Money)> {
    let sides = review.specs.iter().map(|spec| {
        let (base, head) = (spec.base.costs()?, spec.head.costs()?);
        Some((base.total, head.total))
    });
    let sides: Option<Vec<(Money, Money)>> = sides.collect();
    let sides = sides?;
    let sum = |of: fn(&(Money, Money)) -> Money| sides.iter().map(of).sum::<Money>();
    Some((sum(|side| side.0), sum(|side| side.1)))
}

/// `+USD 743.12 (+12 %): 6,120.00 → 6,863.12`, or why that can't be said.
pub(super) fn headline(sides: Option<(Money, Money)>) -> String {
    let Some((before, after)) = sides else {
        return "isn't known on both sides".to_owned();
    };
    let difference = after - before;
    if difference == Money::ZERO {
        return format!("stays at USD {}", after.cents());
    }
    format!(
        "{}{}: {} → {}",
        signed_usd(difference),
        share(difference, before),
        before.cents(),
        after.cents()
    )
}

/// Both bills of a spec.
pub(super) fn sides(spec: &SpecReview) -> Option<(Money, Money)> {
    Some((spec.base.costs()?.total, spec.head.costs()?.total))
}

/// The causes of a difference that aren't nothing.
pub(super) fn causes(difference: &Difference) -> Vec<(&'static str, Money)> {
    let all = [
        ("spec", difference.spec.total),
        ("prices", difference.prices.total),
        ("choice", difference.choice.total),
    ];
    let some = all.into_iter().filter(|(_, cost)| *cost != Money::ZERO);
    some.collect()
}

/// The components of a difference that aren't nothing; what commitments cover counts against it.
pub(super) fn components(costs: &Costs) -> Vec<(&'static str, Money)> {
    let all = [
        ("compute", costs.compute),
        ("waiting", costs.waiting),
        ("movement", costs.movement),
        ("storage", costs.storage),
        ("covered", -costs.covered),
    ];
    let some = all.into_iter().filter(|(_, cost)| *cost != Money::ZERO);
    some.collect()
}

/// `spec +3.00, prices -1.00`.
pub(super) fn parts(parts: &[(&'static str, Money)]) -> String {
    let words = parts
        .iter()
        .map(|(name, cost)| format!("{name} {}", signed(*cost)));
    words.collect::<Vec<_>>().join(", ")
}

/// What is paid once, in a sentence without its end.
pub(super) fn one_off(one: &OneOff) -> String {
    let what = match &one.kind {
        OneOffKind::MoveData {
            output,
            from,
            to,
            amount,
        } => format!(
            "{amount} of {output} of {} move from {from} to {to}",
            one.stage
        ),
        OneOffKind::Overlap { nodes: 1 } => {
            format!("1 node of {} starts before the old one ends", one.stage)
        }
        OneOffKind::Overlap { nodes } => {
            format!(
                "{nodes} nodes of {} start before the old ones end",
                one.stage
            )
        }
    };
    match &one.cost {
        OneOffCost::About { usd } => format!("{what}: about USD {}", usd.cents()),
        OneOffCost::Unknown { why } => format!("{what}: cost unknown, {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(text: &str) -> Money {
        match text.strip_prefix('-') {
            Some(text) => -Money::parse(text).unwrap(),
            None => Money::parse(text).unwrap(),
        }
    }

    #[test]
    fn differences_have_a_sign_unless_they_are_nothing() {
        for (amount, text) in [
            ("743.12", "+USD 743.12"),
            ("-3", "-USD 3.00"),
            ("0", "USD 0.00"),
            ("0.004", "USD 0.00"),
            ("-0.004", "USD 0.00"),
        ] {
            assert_eq!(signed_usd(usd(amount)), text);
        }
    }

    #[test]
    fn paths_are_those_of_the_spec() {
        for (path, text) in [
            ("demand.runs.work.per-gpu.A10G", "run.work.A10G"),
            ("demand.runs.deadline", "run.deadline"),
            ("demand.always-on.traffic.peak_rps", "traffic.peak_rps"),
            ("requirements.gpu.choice.any-of", "requirements.gpu.any_of"),
            ("requirements.gpu.count", "requirements.gpu.count"),
            ("demand.runsomething", "demand.runsomething"),
            ("", ""),
        ] {
            assert_eq!(written(path), text);
        }
    }

    #[test]
    fn shares_are_rounded_to_what_matters() {
        for (difference, before, text) in [
            ("743.12", "6120", " (+12 %)"),
            ("-1", "300", " (-0.3 %)"),
            ("1", "0", ""),
            ("0", "5", ""),
            ("60000", "5", " (+1,200,000 %)"),
        ] {
            assert_eq!(share(usd(difference), usd(before)), text);
        }
    }
}
