//! What the interpreter says → diagnostics with a place.

use crate::diagnostics::{Diagnostic, FileId, Origin, SourceFile, Sources, policy};

/// How a module is called in what the interpreter says: never by a name of the user's choice, which
/// could look like something else.
pub(super) fn name_of(id: FileId) -> String {
    format!("module-{}.rego", id.0)
}

/// A mistake by the interpreter's words for it: some lines with `FILE:LINE:COLUMN`, a snippet, and
/// `error: …`.
pub(super) fn mistake(words: &str, sources: &Sources) -> Diagnostic {
    let diagnostic = Diagnostic::error(&policy::REGO).detail(sentence(words));
    match place(words, sources) {
        Some(at) => diagnostic.at(at),
        None => diagnostic,
    }
}

fn sentence(words: &str) -> String {
    let told = words.split_once("error: ").map_or(words, |(_, told)| told);
    let first = told.trim().lines().next().unwrap_or_default();
    let first = first.trim_end_matches([':', '.']);
    let mut chars = first.chars();
    match chars.next() {
        Some(initial) => format!("{}{}.", initial.to_uppercase(), chars.as_str()),
        None => "The policy can't be evaluated.".to_owned(),
    }
}

/// The first place of a module that is named.
fn place(words: &str, sources: &Sources) -> Option<Origin> {
    let (_, rest) = words.split_once("module-")?;
    let (id, rest) = rest.split_once(".rego:")?;
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
    let line: usize = numbers.next()?.parse().ok()?;
    let column: usize = numbers.next()?.parse().ok()?;
    let file = FileId(id.parse().ok()?);
    let start = offset(sources.get(file)?, line, column);
    Some(Origin {
        file,
        start,
        end: start + 1,
    })
}

/// The byte at a line and a column.
fn offset(file: &SourceFile, line: usize, column: usize) -> usize {
    let before = file.text.split_inclusive('\n').take(line.saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    let chars = file.line(line).char_indices();
    let inside = chars.map(|(at, _)| at).nth(column.saturating_sub(1));
    start + inside.unwrap_or_else(|| file.line(line).len())
}
