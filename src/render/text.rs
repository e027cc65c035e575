use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that a text takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text with everything that a terminal would act on, or that a reader couldn't see, written
/// as a visible escape such as `\u{1b}`. Line ends are kept.
///
/// User text ends up in terminals and reviews. Escape sequences could rewrite what was printed, and
/// characters that turn the reading direction could make a spec look like another one.
#[must_use]
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("    "),
            c => push_inert(c, &mut out),
        }
    }
    out
}

/// Like [`inert`], for places that have one line only: line ends become `\n`.
#[must_use]
pub fn inert_line(text: &str) -> String {
    inert(text).replace('\n', "\\n")
}

pub(super) fn push_inert(c: char, out: &mut String) {
    if is_hidden(c) {
        out.extend(c.escape_unicode());
    } else {
        out.push(c);
    }
}

fn is_hidden(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || invisible
}

/// Breaks each line at spaces so that none is wider than `columns`.
///
/// A line's indentation is repeated on the lines that follow from it. Words that are too wide by
/// themselves stay whole: a broken path or command can't be copied.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        wrap_line(line.trim_end(), columns, &mut lines);
    }
    lines.join("\n")
}

fn wrap_line(line: &str, columns: usize, lines: &mut Vec<String>) {
    if width(line) <= columns {
        lines.push(line.to_owned());
        return;
    }
    let words = line.trim_start();
    let indent = &line[..line.len() - words.len()];
    let mut current = indent.to_owned();
    for word in words.split(' ') {
        let empty = current.len() == indent.len();
        if !empty && width(&current) + 1 + width(word) > columns {
            lines.push(current.trim_end().to_owned());
            current = format!("{indent}{word}");
        } else {
            if !empty {
                current.push(' ');
            }
            current.push_str(word);
        }
    }
    lines.push(current);
}

/// Cuts a text to at most `columns`, with `…` in place of what is missing.
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let next = used + c.width().unwrap_or(0);
        if next >= columns {
            break;
        }
        used = next;
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_made_visible() {
        assert_eq!(inert("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(inert("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(inert("a\tb\nc\r"), "a    b\nc\\u{d}");
        assert_eq!(inert("zażółć 模型 👩‍🔬"), "zażółć 模型 👩‍🔬");
        assert_eq!(inert_line("a\nb"), "a\\nb");
    }

    #[test]
    fn long_lines_break_at_spaces_and_keep_their_indentation() {
        assert_eq!(wrap("one two three", 8), "one two\nthree");
        assert_eq!(wrap("  one two three", 9), "  one two\n  three");
        assert_eq!(
            wrap("a averyveryverylongword b", 6),
            "a\naveryveryverylongword\nb"
        );
        assert_eq!(wrap("kept\n\n  kept   too", 20), "kept\n\n  kept   too");
    }

    #[test]
    fn cutting_counts_display_columns() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("模型模型", 4), "模…");
        assert_eq!(cut("abc", 0), "");
    }
}
