//! Diagnostics for programs. The shape is stable; new keys may be added.

use serde_json::{Value, json};

use crate::diagnostics::{Diagnostic, Diagnostics, Hint, Origin, Severity, SourceFile, Sources};

/// Characters of a line that are given as its snippet. A line may be as long as a file, and there
/// may be an error in each part of it.
const SNIPPET: usize = 200;
/// Characters before the marked part in a snippet that had to be cut.
const CONTEXT: usize = 40;

/// All diagnostics as an array of objects with `severity`, `code`, `summary`, `detail`, `label`,
/// `range`, `snippet` and `hints`.
///
/// `range` and `snippet` are null when a diagnostic is about no place. Lines and columns count from
/// 1, columns in characters; `byte` counts from 0. A hint is `{"text"}` or `{"lead", "command"}`.
/// Nothing is escaped for terminals: whoever prints it has to.
#[must_use]
pub fn json(diagnostics: &Diagnostics, sources: &Sources) -> Value {
    diagnostics.iter().map(|d| one(d, sources)).collect()
}

/// The array of [`json()`] with `format_version` and counts around it: what `--json` prints when a
/// command fails.
#[must_use]
pub fn json_document(diagnostics: &Diagnostics, sources: &Sources) -> Value {
    let errors = diagnostics.errors().count();
    json!({
        "format_version": "1.0",
        "error_count": errors,
        "warning_count": diagnostics.len() - errors,
        "diagnostics": json(diagnostics, sources),
    })
}

fn one(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let place = diagnostic
        .origin
        .and_then(|origin| Some((origin, sources.get(origin.file)?)));
    json!({
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        "code": diagnostic.code.slug,
        "summary": diagnostic.code.summary,
        "detail": diagnostic.detail,
        "label": diagnostic.label,
        "range": place.map(|(origin, file)| range(origin, file)),
        "snippet": place.map(|(origin, file)| snippet(origin, file)),
        "hints": diagnostic.hints.iter().map(hint).collect::<Vec<_>>(),
    })
}

fn range(origin: Origin, file: &SourceFile) -> Value {
    json!({
        "file": file.name,
        "start": position(origin.start, file),
        "end": position(origin.end.max(origin.start), file),
    })
}

fn position(offset: usize, file: &SourceFile) -> Value {
    let at = file.position(offset);
    json!({"line": at.line, "column": at.column, "byte": offset.min(file.text.len())})
}

/// The line where the range starts, or the part of it around that place.
fn snippet(origin: Origin, file: &SourceFile) -> String {
    let (before, after) = file.split_line(origin.start);
    let chars =
        before.chars().rev().take(SNIPPET + 1).count() + after.chars().take(SNIPPET + 1).count();
    let context = before.char_indices().rev().nth(CONTEXT - 1);
    let start = match context {
        Some((start, _)) if chars > SNIPPET => start,
        _ => 0,
    };
    let shown = before[start..].chars().chain(after.chars());
    shown.take(SNIPPET).collect()
}

fn hint(hint: &Hint) -> Value {
    match hint {
        Hint::Text(text) => json!({"text": text}),
        Hint::Command { lead, command } => json!({"lead": lead, "command": command}),
    }
}
