//! Lines with a label at the left, words beside it and sometimes an amount at the right edge.

use crate::render::text;
use crate::units::Money;

/// Columns of the amounts at the right edge, with their marks.
const AMOUNT: usize = 14;
/// Columns of the labels at the left edge.
const LABEL: usize = 12;

/// A line of a bill, however it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render) struct Entry {
    /// What it is; empty where it goes on with the entry before it.
    pub label: &'static str,
    pub words: String,
    /// In USD per month; `None` for words alone.
    pub amount: Option<Money>,
    /// The mark behind the amount.
    pub mark: &'static str,
}

impl Entry {
    /// A line with an amount.
    pub(super) const fn new(
        label: &'static str,
        words: String,
        amount: Money,
        mark: &'static str,
    ) -> Self {
        Self {
            label,
            words,
            amount: Some(amount),
            mark,
        }
    }

    /// A line of words alone.
    pub(super) const fn said(label: &'static str, words: String) -> Self {
        Self {
            label,
            words,
            amount: None,
            mark: "",
        }
    }

    /// The entry for a terminal.
    pub(super) fn human(&self, width: usize) -> String {
        match self.amount {
            Some(amount) => line(self.label, &self.words, amount, self.mark, width),
            None => words(self.label, &self.words, width),
        }
    }
}

/// A line with an amount at the right edge; the words are wrapped beside it.
pub(in crate::render) fn line(
    label: &str,
    words: &str,
    amount: Money,
    mark: &str,
    width: usize,
) -> String {
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
pub(in crate::render) fn words(label: &str, words: &str, width: usize) -> String {
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
