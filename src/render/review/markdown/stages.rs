//! The table of stages: before, after, difference, and why.

use crate::planning::plan::PlannedStage;
use crate::render::markdown::shown;
use crate::render::plan::{nodes_of, place, stage_mark};
use crate::render::review::words::signed;
use crate::review::{Cause, Difference, Made, Reason, Side, SpecReview, StageReview, StageStatus};
use crate::units::Money;

const HEAD: &str = "| Stage | Before | After | Difference | Why |\n\
                    | :-- | --: | --: | --: | :-- |\n";

/// How many addresses a reason names.
const ADDRESSES: usize = 3;

/// The stages that changed, those with the largest difference first.
pub(super) fn changed(review: &SpecReview) -> Vec<&StageReview> {
    let stages = review.stages.iter();
    let mut changed: Vec<&StageReview> = stages
        .filter(|stage| stage.status != StageStatus::Unchanged)
        .collect();
    changed.sort_by_key(|stage| std::cmp::Reverse(magnitude(stage)));
    changed
}

/// How much a stage's cost changes; what isn't known is the most.
pub(super) fn magnitude(stage: &StageReview) -> u128 {
    let difference = stage.difference.map(|by| by.total().total.micro_usd());
    difference.map_or(u128::MAX, i128::unsigned_abs)
}

/// The table, with a row for at most so many stages and one for all others.
pub(super) fn table(review: &SpecReview, rows: usize) -> String {
    let changed = changed(review);
    if changed.is_empty() {
        return String::new();
    }
    let kept = &changed[..rows.min(changed.len())];
    let is_kept = |stage: &StageReview| kept.iter().any(|kept| std::ptr::eq(*kept, stage));
    let mut out = HEAD.to_owned();
    let mut more = Vec::new();
    let mut same = Vec::new();
    for stage in &review.stages {
        if is_kept(stage) {
            out.push_str(&row(review, stage));
        } else if stage.status == StageStatus::Unchanged {
            same.push(stage);
        } else {
            more.push(stage);
        }
    }
    out.push_str(&summed(review, &more, "more"));
    out.push_str(&summed(review, &same, "unchanged"));
    let total = |side: &Side| side.costs().map(|costs| costs.total);
    let difference = review.difference.map(|by| by.total().total);
    out.push_str(&format!(
        "| **Total** | {} | {} | {} | |\n",
        known(total(&review.base)),
        known(total(&review.head)),
        bold(difference)
    ));
    out
}

/// One row for several stages.
fn summed(review: &SpecReview, stages: &[&StageReview], word: &str) -> String {
    if stages.is_empty() {
        return String::new();
    }
    let sum = |side: &Side| {
        let costs = stages.iter().map(|stage| cost(side, &stage.name));
        costs.sum::<Option<Money>>()
    };
    let differences = stages.iter().map(|stage| stage.difference);
    let difference = differences.sum::<Option<Difference>>();
    format!(
        "| {} {word} | {} | {} | {} | |\n",
        stages.len(),
        known(sum(&review.base)),
        known(sum(&review.head)),
        difference.map_or(UNKNOWN.into(), |by| signed(by.total().total)),
    )
}

const UNKNOWN: &str = "not known";

fn known(amount: Option<Money>) -> String {
    amount.map_or(UNKNOWN.into(), Money::cents)
}

fn bold(difference: Option<Money>) -> String {
    difference.map_or(UNKNOWN.into(), |amount| format!("**{}**", signed(amount)))
}

/// What a side pays for a stage: nothing where it isn't there.
fn cost(side: &Side, name: &str) -> Option<Money> {
    match &side.made {
        Made::Refused { .. } => None,
        Made::Planned { .. } | Made::Absent => {
            Some(side.stage(name).map_or(Money::ZERO, |s| s.costs.total))
        }
    }
}

fn row(review: &SpecReview, stage: &StageReview) -> String {
    format!(
        "| {} | {} | {} | {} | {} |\n",
        shown(&stage.name, 32),
        cell(&review.base, &stage.name),
        cell(&review.head, &stage.name),
        bold(stage.difference.map(|by| by.total().total)),
        why(stage)
    )
}

fn cell(side: &Side, name: &str) -> String {
    match (&side.made, side.stage(name)) {
        (Made::Refused { .. }, _) => UNKNOWN.to_owned(),
        (_, None) => "–".to_owned(),
        (_, Some(stage)) => {
            let mark = stage_mark(stage);
            // A mark doesn't go to another line than its figure.
            let space = if mark.is_empty() { "" } else { "\u{a0}" };
            format!("{}{space}{mark}", stage.costs.total.cents())
        }
    }
}

/// One line for each stage that is new or runs on something else: on what, and where. This isn't in
/// the table, which phones would squeeze.
pub(super) fn runs_on(review: &SpecReview) -> Vec<String> {
    let stages = changed(review).into_iter();
    let lines = stages.filter_map(|stage| {
        let after = review.head.stage(&stage.name)?;
        let text = match review.base.stage(&stage.name) {
            Some(before) => moved(before, after)?,
            None => shown(&at(&nodes_of(after), &place(&after.placement)), 80),
        };
        Some(format!("{}: {text}", shown(&stage.name, 32)))
    });
    lines.collect()
}

fn at(nodes: &str, place: &str) -> String {
    format!("{nodes} in {place}")
}

/// `a in x → b in y`, with what both sides have told once; `None` where all is the same.
fn moved(before: &PlannedStage, after: &PlannedStage) -> Option<String> {
    let of = |stage: &PlannedStage| (nodes_of(stage), place(&stage.placement));
    let ((nodes, place), (new_nodes, new_place)) = (of(before), of(after));
    let was = at(&nodes, &place);
    match (nodes == new_nodes, place == new_place) {
        (true, true) => None,
        (true, false) => Some(arrow(&was, &new_place)),
        (false, true) => Some(arrow(&nodes, &at(&new_nodes, &place))),
        (false, false) => Some(arrow(&was, &at(&new_nodes, &new_place))),
    }
}

fn arrow(before: &str, after: &str) -> String {
    format!("{} → {}", shown(before, 80), shown(after, 80))
}

/// The causes in a few words; with amounts where there is more than one.
fn why(stage: &StageReview) -> String {
    match stage.status {
        StageStatus::Added => "new".to_owned(),
        StageStatus::Removed => "gone".to_owned(),
        StageStatus::Changed | StageStatus::Unchanged => {
            let causes = [Cause::Spec, Cause::Prices, Cause::Choice];
            let parts = causes.iter().filter_map(|cause| because(stage, *cause));
            parts.collect::<Vec<_>>().join("; ")
        }
    }
}

fn because(stage: &StageReview, cause: Cause) -> Option<String> {
    let reasons: Vec<&Reason> = stage
        .reasons
        .iter()
        .filter(|reason| of_reason(reason) == cause)
        .collect();
    let difference = stage.difference.unwrap_or_default();
    let amount = of_cause(&difference, cause);
    if reasons.is_empty() && amount == Money::ZERO {
        return None;
    }
    let all = difference.total().total;
    let share = if amount == all || amount == Money::ZERO {
        String::new()
    } else {
        format!(" ({})", signed(amount))
    };
    Some(format!("{}{share}", words(cause, &reasons)))
}

const fn of_reason(reason: &Reason) -> Cause {
    match reason {
        Reason::Spec { .. } => Cause::Spec,
        Reason::Rate { .. } => Cause::Prices,
        Reason::Elsewhere { .. } | Reason::OtherPrices => Cause::Choice,
    }
}

fn words(cause: Cause, reasons: &[&Reason]) -> String {
    match reasons {
        [Reason::Spec { addresses }, ..] => format!("spec: {}", listed(addresses)),
        [Reason::Rate { what, .. }] => format!("price of {}", shown(what, 60)),
        [Reason::Rate { .. }, ..] => format!("{} prices", reasons.len()),
        [Reason::Elsewhere { addresses }, ..] => {
            format!("another choice, as {} changed", listed(addresses))
        }
        [Reason::OtherPrices, ..] => "another choice, as prices changed".to_owned(),
        [] => word(cause).to_owned(),
    }
}

fn listed(addresses: &[String]) -> String {
    let named = addresses.iter().take(ADDRESSES);
    let named: Vec<String> = named.map(|address| shown(address, 40)).collect();
    let more = match addresses.len().saturating_sub(ADDRESSES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", named.join(", "))
}

const fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Spec => "spec",
        Cause::Prices => "prices",
        Cause::Choice => "another choice",
    }
}

const fn of_cause(difference: &Difference, cause: Cause) -> Money {
    match cause {
        Cause::Spec => difference.spec.total,
        Cause::Prices => difference.prices.total,
        Cause::Choice => difference.choice.total,
    }
}
