//! Budgets and policies, what forbids first.
//!
//! ```text
//! - ❌ Budget ranking: USD 6,863.12 of 6,000.00 (114 %), exceeded: this plan is refused
//! - ⏳ gpu-without-lifetime (stage.train): … Waived until 2026-12-31: migration
//! - ✅ Kept: spot-without-checkpoint, stale-catalog
//! ```

use crate::planning::plan::{BudgetStatus, BudgetUse};
use crate::render::markdown::{code, said, shown};
use crate::render::plan::budget;
use crate::review::SpecReview;
use crate::review::verdict::{Severity, Status, Verdict};

/// How it looks, in the order in which it is listed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Forbids,
    Warns,
    Waived,
    Good,
}

impl Sign {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Forbids => "❌",
            Self::Warns => "⚠️",
            Self::Waived => "⏳",
            Self::Good => "✅",
        }
    }
}

/// One line for each budget and each rule whose breach matters, and one for all that are kept.
pub(super) fn lines(review: &SpecReview) -> Vec<String> {
    let budgets = review.head.plan().map_or(&[][..], |plan| &plan.budgets);
    let mut lines: Vec<(Sign, String)> = budgets.iter().map(of_budget).collect();
    let verdicts = review.verdicts.iter().filter(|verdict| !is_note(verdict));
    let (kept, others): (Vec<&Verdict>, Vec<&Verdict>) =
        verdicts.partition(|verdict| verdict.status == Status::Kept);
    lines.extend(others.into_iter().map(finding));
    lines.sort_by_key(|(sign, _)| *sign);
    if !kept.is_empty() {
        let mut names: Vec<&str> = kept.iter().map(|verdict| verdict.rule.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        lines.push((
            Sign::Good,
            format!("Kept: {}", shown(&names.join(", "), 300)),
        ));
    }
    let signed = lines.into_iter();
    signed
        .map(|(sign, text)| format!("{} {text}", sign.as_str()))
        .collect()
}

/// One line for each breach that a reviewer is only told of.
pub(super) fn notes(review: &SpecReview) -> Vec<String> {
    let notes = review.verdicts.iter().filter(|verdict| is_note(verdict));
    notes.map(|verdict| finding(verdict).1).collect()
}

fn is_note(verdict: &Verdict) -> bool {
    verdict.status == Status::Broken && verdict.severity == Severity::Note
}

fn of_budget(used: &BudgetUse) -> (Sign, String) {
    let sign = match used.status {
        BudgetStatus::Within => Sign::Good,
        BudgetStatus::Warning | BudgetStatus::ExceededAllowed => Sign::Warns,
        BudgetStatus::ExceededDenied => Sign::Forbids,
    };
    (sign, format!("Budget {}", shown(&budget(used), 120)))
}

fn finding(verdict: &Verdict) -> (Sign, String) {
    let mut text = shown(&verdict.rule, 60);
    if let Some(subject) = &verdict.subject {
        text.push_str(&format!(" ({})", shown(subject, 60)));
    }
    text.push_str(&format!(": {}", said(&verdict.message, 300)));
    if let Some(place) = &verdict.place {
        let place = format!("{}:{}", place.file, place.line);
        text.push_str(&format!(" {}", code(&place, 80)));
    }
    if let Some(hint) = &verdict.hint {
        text.push_str(&format!(" → {}", said(hint, 200)));
    }
    let sign = match (&verdict.status, verdict.severity) {
        (Status::Waived { reason, until }, _) => {
            let reason = shown(reason, 200);
            text.push_str(&format!(" **Waived** until {until}: {reason}"));
            Sign::Waived
        }
        (_, Severity::Deny) => Sign::Forbids,
        (_, Severity::Warn | Severity::Note) => Sign::Warns,
    };
    (sign, text)
}
