//! What policies say of a plan.

use maud::{Markup, html};

use super::figures::said;
use crate::review::verdict::{Severity, Status, Verdict};

/// One row for each verdict: what forbids the plan first, what is kept last. `of` is what the plan is
/// called.
pub(super) fn verdicts(verdicts: &[Verdict], of: &str) -> Markup {
    let mut sorted: Vec<&Verdict> = verdicts.iter().collect();
    sorted.sort_by_key(|verdict| rank(verdict));
    html! {
        @if !sorted.is_empty() {
            h3 { "Policies" }
            table {
                caption { "What policies say of " (of) }
                thead { tr {
                    th scope="col" { "State" }
                    th scope="col" { "Rule" }
                    th scope="col" { "What was found" }
                } }
                tbody { @for verdict in sorted { (row(verdict)) } }
            }
        }
    }
}

fn rank(verdict: &Verdict) -> (u8, std::cmp::Reverse<Severity>) {
    let by_status = match verdict.status {
        Status::Broken => 0,
        Status::Waived { .. } => 1,
        Status::Kept => 2,
    };
    (by_status, std::cmp::Reverse(verdict.severity))
}

fn row(verdict: &Verdict) -> Markup {
    let (class, sign) = match (&verdict.status, verdict.severity) {
        (Status::Kept, _) => ("good", "\u{2713} kept"),
        (Status::Waived { .. }, _) => ("warn", "! waived"),
        (Status::Broken, Severity::Deny) => ("bad", "\u{2717} denied"),
        (Status::Broken, Severity::Warn) => ("warn", "! warning"),
        (Status::Broken, Severity::Note) => ("note", "note"),
    };
    html! {
        tr {
            td { span class={ "verdict " (class) } { (sign) } }
            th scope="row" {
                code { (verdict.rule) }
                @if let Some(subject) = &verdict.subject { " " span.more { (subject) } }
            }
            td {
                (said(&verdict.message))
                @if let Status::Waived { reason, until } = &verdict.status {
                    " " span.more { "Waived until " (until) ": " (reason) }
                }
                @if let Some(hint) = &verdict.hint { " " span.more { "Hint: " (said(hint)) } }
                @if let Some(place) = &verdict.place {
                    " " span.more { (place.file) ":" (place.line) ":" (place.column) }
                }
            }
        }
    }
}

/// Says at the top of a page that its plan must not be used.
pub(super) fn refused() -> Markup {
    html! { p { span.verdict.bad { "\u{2717} refused by a budget or a policy" } } }
}
