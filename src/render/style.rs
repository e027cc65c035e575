use anstyle::{AnsiColor, Style};

/// Which look each kind of text has.
///
/// Colour only repeats what the words say, so [`Palette::PLAIN`] loses nothing. Text made with
/// [`Palette::COLOUR`] holds escape sequences; whoever prints it strips them where they aren't
/// wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Palette {
    /// `error[…]` and the carets under a mistake.
    pub error: Style,
    /// `warning[…]` and its carets.
    pub warning: Style,
    /// `hint:`.
    pub hint: Style,
    /// Line numbers, bars and arrows around a snippet.
    pub gutter: Style,
    /// Summaries and the heads of tables.
    pub strong: Style,
}

impl Palette {
    /// No escape sequences at all.
    pub const PLAIN: Self = Self {
        error: Style::new(),
        warning: Style::new(),
        hint: Style::new(),
        gutter: Style::new(),
        strong: Style::new(),
    };

    /// The sixteen colours that every terminal has, so that its own theme decides their shades.
    pub const COLOUR: Self = Self {
        error: bold(AnsiColor::Red),
        warning: bold(AnsiColor::Yellow),
        hint: bold(AnsiColor::Cyan),
        gutter: bold(AnsiColor::Blue),
        strong: Style::new().bold(),
    };
}

const fn bold(colour: AnsiColor) -> Style {
    colour.on_default().bold()
}

/// The text in that style; the text alone when the style is plain or the text is empty.
#[must_use]
pub fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_escape_sequences() {
        assert_eq!(paint(Palette::PLAIN.error, "error"), "error");
        assert_eq!(Palette::default(), Palette::PLAIN);
    }

    #[test]
    fn coloured_text_is_closed_again() {
        assert_eq!(paint(Palette::COLOUR.strong, "x"), "\u{1b}[1mx\u{1b}[0m");
        assert_eq!(paint(Palette::COLOUR.error, ""), "");
    }
}
