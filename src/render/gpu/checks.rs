//! What was checked and how it ended.
//!
//! ```text
//! pass  product       gpu 0-3  NVIDIA A30
//! fail  ecc           gpu 2    3 uncorrected (expected 0 uncorrected)
//!                              uncorrected memory errors since the driver was loaded
//! refused: ecc on gpu 2
//! ```

use mlinfra_provider_nvml::{Check, Outcome, verdict};
use serde_json::{Value, json};

use super::json::FORMAT_VERSION;
use super::ranges;
use crate::render::style::{Palette, paint};
use crate::render::text;

/// Checks of several cards that ended alike.
struct Line<'a> {
    check: &'a Check,
    gpus: Vec<u32>,
}

/// All checks, those of like cards together, and the verdict in the last line.
#[must_use]
pub fn check_text(checks: &[Check], width: usize, palette: &Palette) -> String {
    let mut out = String::new();
    let lines = lines(checks);
    let names = lines.iter().map(|line| line.check.name.len()).max();
    let cards = lines.iter().map(|line| cards(&line.gpus).len()).max();
    let columns = (names.unwrap_or(0), cards.unwrap_or(0));
    for line in lines {
        out.push_str(&line_text(&line, columns, width, palette));
    }
    out.push_str(&verdict_text(checks, palette));
    out
}

fn lines(checks: &[Check]) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for check in checks {
        let like = |other: &Check| {
            let all = |c: &Check| (c.name, c.outcome, c.required, c.gpu.is_some());
            all(other) == all(check)
                && (&other.found, &other.expected, &other.reason)
                    == (&check.found, &check.expected, &check.reason)
        };
        match lines.iter_mut().find(|line| like(line.check)) {
            Some(line) => line.gpus.extend(check.gpu),
            None => lines.push(Line {
                check,
                gpus: check.gpu.into_iter().collect(),
            }),
        }
    }
    // Together by name, in the order in which the names first came.
    let order = |name: &str| checks.iter().position(|check| check.name == name);
    lines.sort_by_key(|line| order(line.check.name));
    lines
}

/// `gpu 0-3`; empty for the machine as a whole.
fn cards(gpus: &[u32]) -> String {
    match gpus {
        [] => String::new(),
        gpus => format!("gpu {}", ranges(gpus)),
    }
}

fn line_text(
    line: &Line<'_>,
    (names, columns): (usize, usize),
    width: usize,
    palette: &Palette,
) -> String {
    let check = line.check;
    let word = check.outcome.as_str();
    let style = match check.outcome {
        _ if check.refuses() => palette.error,
        Outcome::Warn => palette.warning,
        _ => anstyle::Style::new(),
    };
    let cards = cards(&line.gpus);
    let indent = 4 + 2 + names + 2 + columns + 2;
    let mut parts = Vec::new();
    if !check.found.is_empty() {
        let expected = if check.expected.is_empty() || check.outcome == Outcome::Pass {
            String::new()
        } else {
            format!(" (expected {})", check.expected)
        };
        parts.push(format!("{}{expected}", check.found));
    }
    if !check.reason.is_empty() {
        let required = check.outcome == Outcome::Skip && check.required;
        let required = if required {
            "; this check is required"
        } else {
            ""
        };
        parts.push(format!("{}{required}", check.reason));
    }
    let body = text::wrap(
        &text::inert(&parts.join("\n")),
        width.saturating_sub(indent).max(20),
    );
    let body = body.replace('\n', &format!("\n{}", " ".repeat(indent)));
    let name = check.name;
    let line = format!("{name:names$}  {cards:columns$}  {body}");
    format!("{}  {}\n", paint(style, word), line.trim_end())
}

/// The names of what refuses the node, each with its cards.
fn refusals(checks: &[Check]) -> Vec<String> {
    let Err(refusing) = verdict(checks) else {
        return Vec::new();
    };
    let mut named: Vec<(&str, Vec<u32>)> = Vec::new();
    for check in refusing {
        match named.iter_mut().find(|(name, _)| *name == check.name) {
            Some((_, gpus)) => gpus.extend(check.gpu),
            None => named.push((check.name, check.gpu.into_iter().collect())),
        }
    }
    let words = named.into_iter().map(|(name, gpus)| match &gpus[..] {
        [] => name.to_owned(),
        gpus => format!("{name} on gpu {}", ranges(gpus)),
    });
    words.collect()
}

fn verdict_text(checks: &[Check], palette: &Palette) -> String {
    let refusals = refusals(checks);
    if refusals.is_empty() {
        return format!("{}\n", paint(palette.strong, "accepted"));
    }
    format!(
        "{}: {}\n",
        paint(palette.error, "refused"),
        refusals.join(", ")
    )
}

/// All checks as JSON, format 1.0.
#[must_use]
pub fn check_json(checks: &[Check]) -> String {
    let refusals = refusals(checks);
    let document = json!({
        "format_version": FORMAT_VERSION,
        "accepted": refusals.is_empty(),
        "refused_for": refusals,
        "checks": checks.iter().map(one_json).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn one_json(check: &Check) -> Value {
    let text = |text: &str| {
        if text.is_empty() {
            Value::Null
        } else {
            json!(text)
        }
    };
    json!({
        "name": check.name,
        "gpu": check.gpu,
        "outcome": check.outcome.as_str(),
        "required": check.required,
        "found": text(&check.found),
        "expected": text(&check.expected),
        "reason": text(&check.reason),
    })
}
