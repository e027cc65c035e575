//! Verdicts of policies beside a plan.
//!
//! ```text
//! policies
//!   waived      gpu-without-lifetime for stage.train until 2026-12-31: the trial ends with the year
//! ```

use serde_json::{Value, json};

use super::markdown::{escape, said};
use super::plan::lines::words;
use super::style::{Palette, paint};
use super::table::{Column, Table};
use super::text;
use crate::model::Rule;
use crate::review::policy::about;
use crate::review::verdict::{Severity, Status, Verdict};
use crate::units::Date;

/// What the plan's reader must know beside the warnings and errors, which are messages of their own:
/// what was waived. Nothing where nothing was.
#[must_use]
pub fn human(verdicts: &[Verdict], width: usize, palette: &Palette) -> String {
    let waived: String = verdicts.iter().filter_map(|v| waived(v, width)).collect();
    if waived.is_empty() {
        return waived;
    }
    format!("\n{}\n{waived}", paint(palette.strong, "policies"))
}

fn waived(verdict: &Verdict, width: usize) -> Option<String> {
    let Status::Waived { reason, until } = &verdict.status else {
        return None;
    };
    let subject = verdict.subject.as_ref();
    let subject = subject.map_or(String::new(), |subject| format!(" for {subject}"));
    let told = format!(
        "{}{subject} until {until}: {}",
        verdict.rule,
        text::inert_line(reason)
    );
    Some(words("waived", &told, width))
}

/// Everything but what is kept, as a list for reviewers; nothing where all is.
#[must_use]
pub fn markdown(verdicts: &[Verdict]) -> String {
    let points = verdicts.iter().filter_map(|verdict| {
        let (sign, more) = match (&verdict.status, verdict.severity) {
            (Status::Kept, _) => return None,
            (Status::Waived { reason, until }, _) => {
                let reason = escape(reason);
                ("⏳", format!(" Waived until {until}: {reason}"))
            }
            (Status::Broken, Severity::Deny) => ("❌", String::new()),
            (Status::Broken, Severity::Warn) => ("⚠️", String::new()),
            (Status::Broken, Severity::Note) => ("ℹ️", String::new()),
        };
        let (rule, message) = (escape(&verdict.rule), said(&verdict.message, usize::MAX));
        Some(format!("- {sign} {rule}: {message}{more}\n"))
    });
    let points: String = points.collect();
    if points.is_empty() {
        return points;
    }
    format!("\n#### Policies\n\n{points}")
}

/// What `plan --json` says under `policies`.
#[must_use]
pub fn json(verdicts: &[Verdict], today: Date, files_sha256: Option<&str>) -> Value {
    json!({ "as_of": today, "sha256": files_sha256, "verdicts": verdicts })
}

/// The rules that are built in.
#[must_use]
pub fn list(width: usize, palette: &Palette) -> String {
    let mut table = Table::new([
        Column::left("Rule"),
        Column::left("Severity"),
        Column::left("What holds where it is kept").wrapping(),
    ]);
    for rule in Rule::ALL {
        let about = about(rule);
        let strictness = about.strictness.as_str().to_owned();
        table.row([rule.as_str().to_owned(), strictness, about.kept.to_owned()]);
    }
    table.render(width, palette)
}

/// The same for programs.
#[must_use]
pub fn list_json() -> Value {
    let rules = Rule::ALL.map(|rule| {
        let about = about(rule);
        json!({
            "rule": rule.as_str(),
            "severity": about.strictness.as_str(),
            "kept": about.kept,
            "why": about.why,
            "hint": about.hint,
            "thresholds": about.thresholds,
        })
    });
    json!({ "format_version": "1.0", "rules": rules })
}
