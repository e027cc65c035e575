//! What policies say of the plan after a change.

use maud::{Markup, html};

use crate::review::verdict::{Severity, Status, Verdict};

/// One row for each verdict: what forbids the plan first, what is kept last.
pub(super) fn verdicts(verdicts: &[Verdict]) -> Markup {
    let mut sorted: Vec<&Verdict> = verdicts.iter().collect();
    sorted.sort_by_key(|verdict| rank(verdict));
    html! {
        @if !sorted.is_empty() {
            h3 { "Policies" }
            table {
                caption { "What policies say of the plan after the change" }
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
                (verdict.message)
                @if let Status::Waived { reason, until } = &verdict.status {
                    " " span.more { "Waived until " (until) ": " (reason) }
                }
                @if let Some(hint) = &verdict.hint { " " span.more { "Hint: " (hint) } }
                @if let Some(place) = &verdict.place {
                    " " span.more { (place.file) ":" (place.line) ":" (place.column) }
                }
            }
        }
    }
}
