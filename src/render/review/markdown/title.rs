//! The first lines: what it costs, why, and whether something forbids it.
//!
//! ```text
//! ### recommender: monthly cost +USD 743.12 (+12 %): 6,120.00 → 6,863.12
//!
//! ❌ **Blocked** by budget ranking
//!
//! By cause: spec +700.00 · prices +43.12
//! By component: compute +743.12
//! ```

use crate::planning::plan::BudgetStatus;
use crate::render::markdown::shown;
use crate::render::review::words::{causes, components, share, signed, signed_usd};
use crate::review::{Difference, Made, Side, SpecReview};
use crate::units::Money;

/// Columns of a project's name; what is longer is cut.
const NAME: usize = 40;

/// How many reasons for which no plan can be made are told.
const WHY: usize = 3;

/// How many budgets and policies that forbid are named.
const BLOCKERS: usize = 2;

/// The heading.
pub(super) fn title(review: &SpecReview) -> String {
    format!(
        "### {}: {}\n",
        shown(&review.project, NAME),
        headline(review)
    )
}

fn headline(review: &SpecReview) -> String {
    let estimated = [&review.base, &review.head]
        .iter()
        .any(|side| side.costs().is_some_and(|costs| costs.estimated));
    let about = if estimated { "about " } else { "" };
    let of = |side: &Side| side.costs().map_or(Money::ZERO, |costs| costs.total);
    let (before, after) = (of(&review.base), of(&review.head));
    match (&review.base.made, &review.head.made) {
        (_, Made::Refused { .. }) => "no plan can be made".to_owned(),
        (Made::Planned { .. }, Made::Planned { .. }) => changed(before, after, about),
        (Made::Absent, Made::Planned { .. }) => {
            format!("new, {about}USD {} per month", after.cents())
        }
        (Made::Refused { .. }, Made::Planned { .. }) => format!(
            "{about}USD {} per month; no plan could be made of it before",
            after.cents()
        ),
        (Made::Planned { .. }, Made::Absent) => {
            format!("removed, {about}{} per month", signed_usd(-before))
        }
        (Made::Absent | Made::Refused { .. }, Made::Absent) => "removed".to_owned(),
    }
}

fn changed(before: Money, after: Money, about: &str) -> String {
    let difference = after - before;
    if difference == Money::ZERO {
        return format!("monthly cost unchanged: {about}USD {}", after.cents());
    }
    format!(
        "monthly cost {about}{}{}: {} → {}",
        signed_usd(difference),
        share(difference, before),
        before.cents(),
        after.cents()
    )
}

/// What follows the heading: what forbids it, why there is no plan, and the difference by cause.
pub(super) fn lead(review: &SpecReview) -> Vec<String> {
    let refused = match &review.head.made {
        Made::Refused { why } => why.as_slice(),
        Made::Planned { .. } | Made::Absent => &[],
    };
    let mut paragraphs: Vec<String> = blocked(review).into_iter().collect();
    let why = refused.iter().take(WHY);
    let why: String = why
        .map(|why| format!("- ❌ {}\n", shown(why, 80)))
        .collect();
    if !why.is_empty() {
        paragraphs.push(why);
    }
    paragraphs.extend(review.difference.and_then(split));
    paragraphs
}

fn blocked(review: &SpecReview) -> Option<String> {
    let budgets = review.head.plan().map_or(&[][..], |plan| &plan.budgets);
    let budgets = budgets
        .iter()
        .filter(|budget| budget.status == BudgetStatus::ExceededDenied)
        .map(|budget| format!("budget {}", shown(&budget.name, 24)));
    let policies = review
        .verdicts
        .iter()
        .filter(|verdict| verdict.denies())
        .map(|verdict| format!("policy {}", shown(&verdict.rule, 24)));
    let all: Vec<String> = budgets.chain(policies).collect();
    let more = match all.len().saturating_sub(BLOCKERS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = &all[..all.len().min(BLOCKERS)];
    (!all.is_empty()).then(|| format!("❌ **Blocked** by {}{more}\n", named.join(", ")))
}

/// The difference by cause, and by what is paid for.
fn split(difference: Difference) -> Option<String> {
    let line = |by: &str, parts: Vec<(&str, Money)>| {
        let parts: Vec<String> = parts
            .into_iter()
            .map(|(what, amount)| format!("{what} {}", signed(amount)))
            .collect();
        (!parts.is_empty()).then(|| format!("{by}: {}", parts.join(" · ")))
    };
    let causes = line("By cause", causes(&difference));
    let components = line("By component", components(&difference.total()));
    let lines: Vec<String> = causes.into_iter().chain(components).collect();
    // Two spaces end a line and not the paragraph.
    (!lines.is_empty()).then(|| format!("{}\n", lines.join("  \n")))
}
