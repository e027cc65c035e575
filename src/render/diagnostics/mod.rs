//! Diagnostics as people and programs read them. It makes text and prints none.
//!
//! ```text
//! error[spec::unsupported-argument]: unsupported argument
//!   --> main.hcl:14:5
//!    |
//! 14 |     gpu_modle = "h200"
//!    |     ^^^^^^^^^ block `accelerator` has no such argument
//!
//! hint: did you mean `gpu_model`?
//! ```

mod json;
mod snippet;
#[cfg(test)]
mod tests;

use anstyle::Style;

use super::style::{Palette, paint};
use super::text;
use crate::diagnostics::{Diagnostic, Diagnostics, Hint, Severity, Sources};

pub use json::{json, json_document};

/// Text isn't wider than this, whatever the terminal: longer lines are hard to read, and messages
/// look the same in every log.
const COLUMNS: usize = 100;

/// Renders all diagnostics, each with its code, place and hints, without colour.
///
/// Several of them are followed by a line that counts them. The result is empty when there are
/// none, and ends in a line end otherwise.
#[must_use]
pub fn human(diagnostics: &Diagnostics, sources: &Sources) -> String {
    human_styled(diagnostics, sources, &Palette::PLAIN)
}

/// Like [`human`], in the colours of a palette.
#[must_use]
pub fn human_styled(diagnostics: &Diagnostics, sources: &Sources, palette: &Palette) -> String {
    let mut blocks: Vec<String> = diagnostics
        .iter()
        .map(|d| one(d, sources, palette))
        .collect();
    if diagnostics.len() > 1 {
        blocks.push(count(diagnostics));
    }
    let mut text = blocks.join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn one(diagnostic: &Diagnostic, sources: &Sources, palette: &Palette) -> String {
    let (word, style) = severity(diagnostic.severity, palette);
    let code = format!("{word}[{}]", diagnostic.code.slug);
    let summary = format!(": {}", diagnostic.code.summary);
    let head = paint(style, &code) + &paint(palette.strong, &summary);
    let place = snippet::of(diagnostic, sources, style, palette);
    let mut parts = vec![place.map_or(head.clone(), |place| format!("{head}\n{place}"))];
    let detail = text::wrap(&text::inert(&diagnostic.detail), COLUMNS);
    // A detail may begin with indented lines, so only line ends are trimmed.
    let detail = detail.trim_matches('\n');
    if !detail.is_empty() {
        parts.push(detail.to_owned());
    }
    parts.extend(hints(&diagnostic.hints, palette));
    parts.join("\n\n")
}

/// Hints in groups: advice together, commands together, since a command stands alone.
fn hints(hints: &[Hint], palette: &Palette) -> Vec<String> {
    let is_command = |hint: &Hint| matches!(hint, Hint::Command { .. });
    hints
        .chunk_by(|a, b| is_command(a) == is_command(b))
        .map(|group| {
            let lines: Vec<String> = group.iter().map(|h| hint(h, palette)).collect();
            lines.join("\n")
        })
        .collect()
}

fn hint(hint: &Hint, palette: &Palette) -> String {
    match hint {
        Hint::Text(advice) => {
            let wrapped = text::wrap(&format!("hint: {}", text::inert(advice)), COLUMNS);
            let rest = wrapped.strip_prefix("hint:").unwrap_or(&wrapped);
            paint(palette.hint, "hint:") + rest
        }
        Hint::Command { lead, command } => {
            let lead = text::wrap(&text::inert(lead), COLUMNS);
            // Never wrapped: it must stay one line to be copied.
            format!("{lead}\n    {}", text::inert_line(command))
        }
    }
}

fn severity(severity: Severity, palette: &Palette) -> (&'static str, Style) {
    match severity {
        Severity::Error => ("error", palette.error),
        Severity::Warning => ("warning", palette.warning),
    }
}

fn count(diagnostics: &Diagnostics) -> String {
    let errors = diagnostics.errors().count();
    let warnings = diagnostics.len() - errors;
    let parts: Vec<String> = [(errors, "error"), (warnings, "warning")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}{}", if n == 1 { "" } else { "s" }))
        .collect();
    parts.join(", ")
}
