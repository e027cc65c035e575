//! Verdicts of policies beside a plan.
//!
//! ```text
//! policies
//!   waived      gpu-without-lifetime for stage.train until 2026-12-31: the trial ends with the year
//! ```

use serde_json::{Value, json};

use super::plan::lines::words;
use super::style::{Palette, paint};
use super::text;
use crate::review::verdict::{Status, Verdict};
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

/// What `plan --json` says under `policies`.
#[must_use]
pub fn json(verdicts: &[Verdict], today: Date, files_sha256: Option<&str>) -> Value {
    json!({ "as_of": today, "sha256": files_sha256, "verdicts": verdicts })
}
