//! Tables in columns of display width, for terminals.
//!
//! ```text
//! stage   instance type   USD per hour
//! train   p5en.48xlarge         63.296
//! serve   g6.xlarge              0.805
//! ```

use super::style::{Palette, paint};
use super::text;

/// Columns between two columns of a table.
const GAP: usize = 2;

/// On which side a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    head: String,
    align: Align,
    fit: Fit,
}

/// What happens to a column's cells when the table is too wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Nothing.
    Keep,
    /// They are cut.
    Cut,
    /// They go on in the lines below.
    Wrap,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn left(head: &str) -> Self {
        Self {
            head: head.to_owned(),
            align: Align::Left,
            fit: Fit::Keep,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub fn right(head: &str) -> Self {
        Self {
            align: Align::Right,
            ..Self::left(head)
        }
    }

    /// Lets the column's cells be cut with `…` when the table is too wide. No other column is ever
    /// cut: a price without its last digits is a wrong price.
    #[must_use]
    pub fn shrinking(mut self) -> Self {
        self.fit = Fit::Cut;
        self
    }

    /// Lets the column's cells go on in the lines below when the table is too wide, where no word
    /// may be missing.
    #[must_use]
    pub fn wrapping(mut self) -> Self {
        self.fit = Fit::Wrap;
        self
    }
}

/// Rows of cells under heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Missing cells are empty; cells without a column aren't shown. What a terminal
    /// would act on is made visible (see [`text::inert_line`]).
    pub fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let mut row: Vec<String> = cells
            .into_iter()
            .map(|cell| text::inert_line(cell.as_ref()))
            .collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Heads and rows, at most `width` columns wide if cutting and wrapping can do that. No line ends in spaces.
    #[must_use]
    pub fn render(&self, width: usize, palette: &Palette) -> String {
        let widths = self.widths(width);
        let heads: Vec<String> = self.columns.iter().map(|c| c.head.clone()).collect();
        let mut out = paint(palette.strong, &self.line(&heads, &widths));
        for row in &self.rows {
            for line in self.lines(row, &widths) {
                out.push('\n');
                out.push_str(&self.line(&line, &widths));
            }
        }
        out.push('\n');
        out
    }

    /// The cells of one row line by line: more than one line where a cell is wrapped.
    fn lines(&self, cells: &[String], widths: &[usize]) -> Vec<Vec<String>> {
        let mut lines = vec![vec![String::new(); cells.len()]];
        for (i, cell) in cells.iter().enumerate() {
            if self.columns[i].fit != Fit::Wrap {
                lines[0][i].clone_from(cell);
                continue;
            }
            for (n, part) in text::wrap(cell, widths[i]).lines().enumerate() {
                if n == lines.len() {
                    lines.push(vec![String::new(); cells.len()]);
                }
                part.clone_into(&mut lines[n][i]);
            }
        }
        lines
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut out = String::new();
        for (i, cell) in cells.iter().enumerate() {
            let width = widths[i];
            if i > 0 {
                out.push_str(&" ".repeat(GAP));
            }
            let cell = text::cut(cell, width);
            let pad = " ".repeat(width - text::width(&cell));
            match self.columns[i].align {
                Align::Left => out.extend([cell, pad]),
                Align::Right => out.extend([pad, cell]),
            }
        }
        out.truncate(out.trim_end().len());
        out
    }

    fn widths(&self, limit: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|c| text::width(&c.head)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(text::width(cell));
            }
        }
        self.shrink(&mut widths, limit);
        widths
    }

    /// Takes columns from the widest shrinking column until the table fits or none can give more.
    fn shrink(&self, widths: &mut [usize], limit: usize) {
        let gaps = GAP * widths.len().saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(limit);
        while excess > 0 {
            let widest = (0..widths.len())
                .filter(|i| self.columns[*i].fit != Fit::Keep)
                .filter(|i| widths[*i] > text::width(&self.columns[*i].head).max(1))
                .max_by_key(|i| widths[*i]);
            let Some(widest) = widest else { return };
            widths[widest] -= 1;
            excess -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(width: usize, expect: &str) {
        let mut table = Table::new([
            Column::left("stage").shrinking(),
            Column::left("type"),
            Column::right("USD/h"),
        ]);
        table.row(["prepare-everything", "m7i.large", "0.1"]);
        table.row(["模型", "p5", "63.296"]);
        assert_eq!(table.render(width, &Palette::PLAIN), expect);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        check(
            80,
            "stage               type        USD/h
prepare-everything  m7i.large     0.1
模型                p5         63.296
",
        );
    }

    #[test]
    fn only_shrinking_columns_are_cut() {
        check(
            30,
            "stage        type        USD/h
prepare-ev…  m7i.large     0.1
模型         p5         63.296
",
        );
    }

    #[test]
    fn wrapping_columns_lose_no_word() {
        let mut table = Table::new([Column::left("type").wrapping(), Column::right("USD/h")]);
        table.row(["8 × p5 (H100), on spot", "63.296"]);
        table.row(["m7i.large", "0.1"]);
        assert_eq!(
            table.render(22, &Palette::PLAIN),
            "type             USD/h
8 × p5 (H100),  63.296
on spot
m7i.large          0.1
"
        );
    }

    #[test]
    fn a_table_that_cannot_fit_keeps_its_heads() {
        check(
            5,
            "stage  type        USD/h
prep…  m7i.large     0.1
模型   p5         63.296
",
        );
    }

    #[test]
    fn missing_cells_are_empty_and_hostile_ones_inert() {
        let mut table = Table::new([Column::left("a"), Column::right("b")]);
        assert!(table.is_empty());
        table.row(["\u{1b}[0m\n"]);
        table.row(["1", "2", "3"]);
        assert_eq!(
            table.render(80, &Palette::PLAIN),
            "a            b\n\\u{1b}[0m\\n\n1            2\n"
        );
    }
}
