//! The standard layout of a spec: two spaces a level, aligned `=`, one blank line at most. Comments,
//! strings and heredocs stay as they are, and so does the order of everything.
//!
//! ```
//! let text = "project \"p\" {\nteam=\"a\"   # who pays\n  owner  = \"b\"\n}";
//! assert_eq!(
//!     mlinfra::spec::fmt::format(text).unwrap(),
//!     "project \"p\" {\n  team  = \"a\" # who pays\n  owner = \"b\"\n}\n"
//! );
//! ```

use super::lexer::{self, Token, TokenKind};
use super::syntax;
use crate::diagnostics::{Diagnostic, FileId};

/// A line of the result, before columns are aligned.
#[derive(Default)]
struct Line {
    indent: usize,
    code: String,
    /// Where in `code` the `=` of an argument stands.
    assign: Option<usize>,
    comment: Option<String>,
    /// It opens a bracket, or holds a token of several lines: columns aren't aligned across it.
    tall: bool,
}

impl Line {
    fn is_blank(&self) -> bool {
        self.code.is_empty() && self.comment.is_none()
    }
}

/// Lays a spec out.
///
/// # Errors
///
/// The first syntax error, with its place in file 0; what can't be read isn't touched.
pub fn format(text: &str) -> Result<String, Box<Diagnostic>> {
    let parsed = syntax::parse(FileId(0), text);
    if let Some(error) = parsed.diagnostics.into_iter().next() {
        return Err(Box::new(error));
    }
    let (tokens, _) = lexer::tokens(text);
    let mut lines = lines(text, &tokens);
    drop_blank_lines(&mut lines);
    align_values(&mut lines);
    Ok(print(&lines))
}

fn lines(text: &str, tokens: &[Token]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open = Vec::new();
    for tokens in tokens.split(|t| t.kind == TokenKind::Newline) {
        lines.push(line(text, tokens, &mut open));
    }
    lines
}

/// `open` holds, for each level of indentation, how many brackets of its line are open.
fn line(text: &str, tokens: &[Token], open: &mut Vec<usize>) -> Line {
    let closers = tokens
        .iter()
        .take_while(|t| t.kind == TokenKind::Close)
        .count();
    (0..closers).for_each(|_| close(open));
    let mut line = Line {
        indent: open.len(),
        ..Line::default()
    };
    let mut opened = 0usize;
    let mut previous: Option<Token> = None;
    let mut before_previous: Option<Token> = None;
    for (i, token) in tokens.iter().enumerate() {
        let word = &text[token.start..token.end];
        if token.kind == TokenKind::LineComment {
            line.comment = Some(word.trim_end().to_owned());
            break;
        }
        if previous.is_some_and(|p| space_between(text, before_previous, p, *token)) {
            line.code.push(' ');
        }
        if i == 1 && word == "=" && is_key(tokens.first()) {
            line.assign = Some(line.code.len());
        }
        line.tall |= word.contains('\n');
        line.code.push_str(word);
        match token.kind {
            TokenKind::Open => opened += 1,
            TokenKind::Close if i >= closers && opened > 0 => opened -= 1,
            TokenKind::Close if i >= closers => close(open),
            _ => {}
        }
        before_previous = previous;
        previous = Some(*token);
    }
    if opened > 0 {
        open.push(opened);
        line.tall = true;
    }
    line
}

fn close(open: &mut Vec<usize>) {
    if let Some(count) = open.last_mut() {
        *count -= 1;
        if *count == 0 {
            open.pop();
        }
    }
}

fn is_key(token: Option<&Token>) -> bool {
    token.is_some_and(|t| matches!(t.kind, TokenKind::Word | TokenKind::Text))
}

/// Words after which a bracket or a sign begins a new expression.
const INTRODUCERS: [&str; 3] = ["in", "if", "for"];

fn space_between(text: &str, before: Option<Token>, left: Token, right: Token) -> bool {
    let word = |t: Token| &text[t.start..t.end];
    let introduces = left.kind == TokenKind::Word && INTRODUCERS.contains(&word(left));
    match (word(left), word(right)) {
        (_, "," | "." | "..." | "::" | ")" | "]") | ("." | "::" | "(" | "[", _) => false,
        ("{", "}") => false,
        ("-", _) if is_sign(text, before) => false,
        ("!", _) => false,
        // A call or an index, unless a key stands before: those have a space before brackets never.
        (_, "(" | "[") if ends_operand(left) => introduces,
        _ => true,
    }
}

/// Whether a token can end an operand, so that a bracket behind it calls or indexes.
fn ends_operand(token: Token) -> bool {
    matches!(
        token.kind,
        TokenKind::Word | TokenKind::Close | TokenKind::Text | TokenKind::Number
    )
}

/// Whether a `-` that follows this token is a sign and not a subtraction.
fn is_sign(text: &str, before: Option<Token>) -> bool {
    let Some(before) = before else {
        return true;
    };
    let word = &text[before.start..before.end];
    match before.kind {
        TokenKind::Word => INTRODUCERS.contains(&word),
        TokenKind::Operator | TokenKind::Open => true,
        _ => false,
    }
}

/// One blank line at most, and none inside of brackets' edges or at the file's.
fn drop_blank_lines(lines: &mut Vec<Line>) {
    let mut kept: Vec<Line> = Vec::new();
    for line in lines.drain(..) {
        if line.is_blank() && kept.last().is_none_or(|l| l.is_blank() || opens(l)) {
            continue;
        }
        let closes = line.code.starts_with(['}', ')', ']']);
        if closes && kept.last().is_some_and(Line::is_blank) {
            kept.pop();
        }
        kept.push(line);
    }
    while kept.last().is_some_and(Line::is_blank) {
        kept.pop();
    }
    *lines = kept;
}

fn opens(line: &Line) -> bool {
    line.comment.is_none() && line.code.ends_with(['{', '(', '['])
}

/// Puts the `=` of neighbouring arguments below each other.
fn align_values(lines: &mut [Line]) {
    let alone = |l: &Line| l.assign.is_none() || l.tall;
    let neighbours = |a: &Line, b: &Line| !alone(a) && !alone(b) && a.indent == b.indent;
    for group in lines.chunk_by_mut(neighbours) {
        let width = |l: &Line| l.assign.map_or(0, |at| l.code[..at].chars().count());
        let widest = group.iter().map(width).max().unwrap_or(0);
        for line in group {
            let missing = widest - width(line);
            if let (Some(at), false) = (line.assign, line.tall) {
                line.code.insert_str(at, &" ".repeat(missing));
            }
        }
    }
}

/// Puts the comments of neighbouring lines below each other, and everything together.
fn print(lines: &[Line]) -> String {
    let mut out = String::new();
    let commented = |l: &Line| l.comment.is_some() && !l.code.is_empty() && !l.tall;
    let neighbours = |a: &Line, b: &Line| commented(a) && commented(b) && a.indent == b.indent;
    for group in lines.chunk_by(neighbours) {
        let width = |l: &Line| l.code.chars().count();
        let widest = group.iter().map(width).max().unwrap_or(0);
        for line in group {
            if !line.is_blank() {
                out.push_str(&"  ".repeat(line.indent));
            }
            out.push_str(&line.code);
            if let Some(comment) = &line.comment {
                let gap = match line.code.is_empty() {
                    true => 0,
                    false => 1 + widest - width(line),
                };
                out.push_str(&" ".repeat(gap));
                out.push_str(comment);
            }
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let once = format(text).unwrap();
        assert_eq!(once, wanted);
        assert_eq!(format(&once).unwrap(), wanted, "twice isn't once");
    }

    #[test]
    fn arguments_and_comments_are_aligned() {
        check(
            "\n\na \"b\"  {\n\n\n# first\nx=1 # one\nlonger=[1,2]    // two\n\n\n\ny  =  -1\n\n}\n\n",
            "a \"b\" {\n  # first\n  x      = 1      # one\n  longer = [1, 2] // two\n\n  y = -1\n}\n",
        );
    }

    #[test]
    fn what_spans_lines_is_not_aligned_with() {
        check(
            "a={\nbb=f( [\n1,\n2 ] )\nc=3\n}\nlong=1",
            "a = {\n  bb = f([\n    1,\n    2])\n  c = 3\n}\nlong = 1\n",
        );
    }

    #[test]
    fn operators_and_calls_have_their_spaces() {
        check(
            "a=!b&&c [ 0 ].d.*.e ? - 1+-x:f (y ...)\nb=[for k,v in (m):k if (v>1)]",
            "a = !b && c[0].d.*.e ? -1 + -x : f(y...)\nb = [for k, v in (m) : k if (v > 1)]\n",
        );
    }

    #[test]
    fn texts_stay_as_they_are() {
        check(
            "a=<<-EOT\n   x  ${ y }\n  EOT\nb=\"  ${ f( x ) }\"\n/* c\n   d */\n",
            "a = <<-EOT\n   x  ${ y }\n  EOT\nb = \"  ${ f( x ) }\"\n/* c\n   d */\n",
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        assert_eq!(format("a = ").unwrap_err().code.slug, "spec::syntax");
    }
}
