//! The line that a diagnostic points at, with carets under the part that it is about.

use std::ops::Range;

use anstyle::Style;
use unicode_width::UnicodeWidthChar as _;

use super::COLUMNS;
use crate::diagnostics::{Diagnostic, Origin, SourceFile, Sources};
use crate::render::style::{Palette, paint};
use crate::render::text;

/// Characters shown before the marked part of a line that had to be cut.
const CONTEXT: usize = 12;

/// One character of a source line as it is shown.
struct Cell {
    shown: String,
    width: usize,
}

/// What is shown of a line: the text, where the carets begin, and how many there are.
struct View {
    text: String,
    indent: usize,
    carets: usize,
}

/// Place, line, carets and label; `None` when the diagnostic is about no known place.
pub(super) fn of(
    diagnostic: &Diagnostic,
    sources: &Sources,
    style: Style,
    palette: &Palette,
) -> Option<String> {
    let origin = diagnostic.origin?;
    let file = sources.get(origin.file)?;
    let at = file.position(origin.start);
    let number = at.line.to_string();
    // Two at least, so that the arrow stands where readers look for it in short files too.
    let gutter = number.len().max(2);
    let blank = " ".repeat(gutter);
    let view = view(file, origin, COLUMNS - gutter - 3);

    let arrow = paint(palette.gutter, &format!("{blank}-->"));
    let bar = paint(palette.gutter, &format!("{blank} |"));
    let numbered = paint(palette.gutter, &format!("{number:>gutter$} |"));
    let indent = " ".repeat(view.indent);
    let carets = paint(style, &"^".repeat(view.carets));
    let name = text::inert_line(&file.name);
    let mut lines = vec![
        format!("{arrow} {name}:{}:{}", at.line, at.column),
        bar.clone(),
        format!("{numbered} {}", view.text).trim_end().to_owned(),
    ];
    let label = text::inert_line(&diagnostic.label);
    let room = COLUMNS - gutter - 3;
    if label.is_empty() {
        lines.push(format!("{bar} {indent}{carets}"));
    } else if view.indent + view.carets + 1 + text::width(&label) <= room {
        lines.push(format!("{bar} {indent}{carets} {}", paint(style, &label)));
    } else {
        lines.push(format!("{bar} {indent}{carets}"));
        let label = text::wrap(&label, room);
        lines.extend(label.lines().map(|l| format!("{bar} {}", paint(style, l))));
    }
    Some(lines.join("\n"))
}

/// The marked part of the first line of `origin`, with as much of the line as fits into `columns`.
fn view(file: &SourceFile, origin: Origin, columns: usize) -> View {
    let (at, end) = (file.position(origin.start), file.position(origin.end));
    // A line may be as long as a file. Only what could be shown is looked at.
    let (before, after) = file.split_line(origin.start);
    let far = before.char_indices().rev().nth(columns);
    let near = far.map_or(before, |(end, _)| &before[end..]);
    let mut cells: Vec<Cell> = near.chars().map(cell).collect();
    let first = cells.len();
    cells.extend(after.chars().take(2 * columns).map(cell));
    let last = if end.line > at.line {
        cells.len()
    } else {
        (first + end.column.saturating_sub(at.column)).min(cells.len())
    };
    let window = window(&cells, first..last, far.is_some(), columns);
    let mut text: String = cells[window.clone()].iter().map(|c| &*c.shown).collect();
    let mut indent = width(&cells[window.start.min(first)..first]);
    if window.start > 0 {
        text.insert(0, '…');
        indent += 1;
    }
    let carets = width(&cells[first..last.min(window.end).max(first)]).max(1);
    if window.end < cells.len() {
        text.push('…');
    }
    View {
        text,
        indent,
        carets,
    }
}

/// Which cells to show: all if they fit, else a window that begins a little before the marked part
/// and, with one column kept on either side for `…`, isn't wider than `columns`. `cut` says that
/// something before the cells has been left out already.
fn window(cells: &[Cell], marked: Range<usize>, cut: bool, columns: usize) -> Range<usize> {
    if !cut && width(cells) <= columns {
        return 0..cells.len();
    }
    let room = columns.saturating_sub(2);
    let start = if !cut && width(&cells[..marked.end]) <= room {
        0
    } else {
        marked.start.saturating_sub(CONTEXT)
    };
    let mut used = 0;
    let shown = cells[start..].iter().take_while(|cell| {
        used += cell.width;
        used <= room
    });
    start..start + shown.count()
}

fn width(cells: &[Cell]) -> usize {
    cells.iter().map(|c| c.width).sum()
}

fn cell(c: char) -> Cell {
    let mut shown = String::new();
    if c == '\t' {
        shown.push_str("    ");
    } else {
        text::push_inert(c, &mut shown);
    }
    let width = if shown.len() == c.len_utf8() {
        c.width().unwrap_or(0)
    } else {
        shown.len()
    };
    Cell { shown, width }
}
