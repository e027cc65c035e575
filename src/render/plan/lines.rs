//! Lines with a label at the left, words beside it and sometimes an amount at the right edge.

use crate::render::text;
use crate::units::Money;

/// Columns of the amounts at the right edge, with their marks.
const AMOUNT: usize = 14;
/// Columns of the labels at the left edge.
const LABEL: usize = 12;

/// A line with an amount at the right edge; the words are wrapped beside it.
pub(super) fn line(label: &str, words: &str, amount: Money, mark: &str, width: usize) -> String {
    let room = width.saturating_sub(LABEL + 2 + AMOUNT).max(20);
    let wrapped = text::wrap(&text::inert_line(words), room);
    let mut out = String::new();
    for (i, part) in wrapped.lines().enumerate() {
        if i == 0 {
            let pad = " ".repeat(room.saturating_sub(text::width(part)));
            let amount = amount.cents();
            let figure = format!("{amount:>width$} {mark}", width = AMOUNT - 2);
            out.push_str(format!("  {label:<LABEL$}{part}{pad}{figure}").trim_end());
        } else {
            out.push_str(&format!("  {:<LABEL$}{part}", ""));
        }
        out.push('\n');
    }
    out
}

/// A line of words alone.
pub(super) fn words(label: &str, words: &str, width: usize) -> String {
    let room = width.saturating_sub(LABEL + 2).max(20);
    let mut out = String::new();
    for (i, part) in text::wrap(&text::inert_line(words), room)
        .lines()
        .enumerate()
    {
        let label = if i == 0 { label } else { "" };
        out.push_str(&format!("  {label:<LABEL$}{part}\n"));
    }
    out
}

/// A label with one entry to a line; nothing when there are none.
pub(super) fn list(label: &str, entries: &[String], width: usize) -> String {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    labels
        .zip(entries)
        .map(|(label, entry)| words(label, entry, width))
        .collect()
}
