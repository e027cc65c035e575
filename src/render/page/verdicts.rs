//! What policies say of a plan.

use maud::{Markup, html};

use super::figures::said;
use crate::review::verdict::{Severity, Status, Verdict};

/// One row for each rule that isn't kept, what forbids the plan first, then the names of those that
/// are. `of` is what the plan is called.
pub(super) fn verdicts(verdicts: &[Verdict], of: &str) -> Markup {
    let (kept, mut found): (Vec<&Verdict>, Vec<&Verdict>) = verdicts
        .iter()
        .partition(|verdict| verdict.status == Status::Kept);
    found.sort_by_key(|verdict| rank(verdict));
    html! {
        @if !verdicts.is_empty() { h3 { "Policies" } }
        @if !found.is_empty() {
            table {
                caption { "What policies say of " (of) }
                thead { tr {
                    th scope="col" { "Rule" }
                    th scope="col" { "What was found" }
                } }
                tbody { @for verdict in found { (row(verdict)) } }
            }
        }
        @if !kept.is_empty() {
            p {
                span.verdict.good { "\u{2713} kept" } ": "
                @for (i, rule) in kept.iter().map(|verdict| &verdict.rule).enumerate() {
                    @if i > 0 { ", " }
                    code { (rule) }
                }
            }
        }
    }
}

fn rank(verdict: &Verdict) -> (bool, std::cmp::Reverse<Severity>) {
    let waived = matches!(verdict.status, Status::Waived { .. });
    (waived, std::cmp::Reverse(verdict.severity))
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
            th scope="row" {
                code { (verdict.rule) }
                @if let Some(subject) = &verdict.subject { " " span.more { (subject) } }
                " " span class={ "verdict " (class) } { (sign) }
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
