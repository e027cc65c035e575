//! Splits HCL into tokens without recursion: for the formatter, and for finding the ends of blocks
//! when a file doesn't parse. Strings and heredocs are one token each, with all that is inside.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Word,
    Number,
    Text,
    Heredoc,
    Open,
    Close,
    Operator,
    /// `#` or `//` to the end of the line.
    LineComment,
    BlockComment,
    Newline,
}

/// What makes a text unfit to be split, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LexError {
    pub(crate) message: &'static str,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

const OPERATORS: [&str; 11] = [
    "...", "==", "!=", "<=", ">=", "&&", "||", "=>", "::", "${", "%{",
];

/// All tokens of a text. A string that isn't closed ends with its line; after any other error there
/// are none.
pub(crate) fn tokens(text: &str) -> (Vec<Token>, Vec<LexError>) {
    let mut tokens = Vec::new();
    let mut errors = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c == ' ' || c == '\t' || c == '\r' {
            at += 1;
            continue;
        }
        match token(text, at, c) {
            Ok((kind, end)) => {
                tokens.push(Token {
                    kind,
                    start: at,
                    end,
                });
                at = end;
            }
            Err(error) => {
                at = text[at..].find('\n').map_or(text.len(), |i| at + i);
                tokens.push(Token {
                    kind: TokenKind::Text,
                    start: error.start,
                    end: at.max(error.start),
                });
                errors.push(error);
                if c != '"' {
                    break;
                }
            }
        }
    }
    (tokens, errors)
}

fn token(text: &str, at: usize, c: char) -> Result<(TokenKind, usize), LexError> {
    let rest = &text[at..];
    let simple = |kind, length: usize| Ok((kind, at + length));
    match c {
        '\n' => simple(TokenKind::Newline, 1),
        '"' => quoted(text, at).map(|end| (TokenKind::Text, end)),
        '#' => simple(TokenKind::LineComment, line_length(rest)),
        '/' if rest.starts_with("//") => simple(TokenKind::LineComment, line_length(rest)),
        '/' if rest.starts_with("/*") => match rest[2..].find("*/") {
            Some(length) => simple(TokenKind::BlockComment, length + 4),
            None => Err(LexError {
                message: "this comment isn't closed; it needs a `*/`",
                start: at,
                end: at + 2,
            }),
        },
        '<' if rest.starts_with("<<") => heredoc(text, at),
        '{' | '[' | '(' => simple(TokenKind::Open, 1),
        '}' | ']' | ')' => simple(TokenKind::Close, 1),
        '0'..='9' => simple(TokenKind::Number, number_length(rest)),
        c if is_word_start(c) => {
            let length = rest.find(|c| !is_word_part(c)).unwrap_or(rest.len());
            simple(TokenKind::Word, length)
        }
        _ => {
            let known = OPERATORS.iter().find(|o| rest.starts_with(**o));
            simple(TokenKind::Operator, known.map_or(c.len_utf8(), |o| o.len()))
        }
    }
}

fn line_length(rest: &str) -> usize {
    let line = rest.find('\n').unwrap_or(rest.len());
    rest[..line].trim_end_matches('\r').len()
}

fn is_word_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_word_part(c: char) -> bool {
    c == '_' || c == '-' || c.is_alphanumeric()
}

/// Digits, one point followed by a digit, and an exponent.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits((length + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// Where a scanner of strings is: in a string's text, or in an expression inside of one.
enum Inside {
    Text { opened: usize },
    Expression { braces: usize },
}

/// The end of the string that opens at `at`, with everything nested in it.
fn quoted(text: &str, at: usize) -> Result<usize, LexError> {
    let bytes = text.as_bytes();
    let mut stack = vec![Inside::Text { opened: at }];
    let mut i = at + 1;
    while i < bytes.len() {
        match stack.last_mut() {
            None => return Ok(i),
            Some(Inside::Text { opened }) => match bytes[i] {
                b'"' => {
                    stack.pop();
                }
                b'\n' => return Err(unclosed(*opened, i)),
                b'\\' => i += 1,
                marker @ (b'$' | b'%') if bytes.get(i + 1) == Some(&b'{') => {
                    let escaped = bytes[i - 1] == marker && !(i >= 2 && bytes[i - 2] == marker);
                    i += 1;
                    if !escaped {
                        stack.push(Inside::Expression { braces: 0 });
                    }
                }
                _ => {}
            },
            Some(Inside::Expression { braces }) => match bytes[i] {
                b'"' => stack.push(Inside::Text { opened: i }),
                b'{' => *braces += 1,
                b'}' if *braces > 0 => *braces -= 1,
                b'}' => {
                    stack.pop();
                }
                _ => {}
            },
        }
        i += 1;
    }
    if stack.is_empty() {
        return Ok(i.min(bytes.len()));
    }
    Err(unclosed(at, bytes.len()))
}

fn unclosed(start: usize, end: usize) -> LexError {
    LexError {
        message: "this string isn't closed; it needs a `\"` on the same line",
        start,
        end,
    }
}

/// `<<EOT` or `<<-EOT`, up to the line that holds nothing but the word again.
fn heredoc(text: &str, at: usize) -> Result<(TokenKind, usize), LexError> {
    let rest = &text[at + 2..];
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let word_length = rest.find(|c| !is_word_part(c)).unwrap_or(rest.len());
    let (word, after) = rest.split_at(word_length);
    if word.is_empty() {
        return Ok((TokenKind::Operator, at + 1));
    }
    let mut position = text.len() - after.len() + line_length(after);
    for line in text[position..].split_inclusive('\n').skip(1) {
        position = line.as_ptr() as usize - text.as_ptr() as usize;
        if line.trim() == word {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            return Ok((TokenKind::Heredoc, position + indent + word.len()));
        }
    }
    Err(LexError {
        message: "this heredoc isn't closed; its word must stand alone on a line below",
        start: at,
        end: position.min(text.len() - after.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn split(text: &str) -> Vec<&str> {
        let (tokens, errors) = tokens(text);
        assert_eq!(errors, []);
        tokens.iter().map(|t| &text[t.start..t.end]).collect()
    }

    #[test]
    fn a_template_is_one_token() {
        let text = r#"a = "x ${b["k"]} $${no %{ if c }\"%{ endif }""#;
        assert_eq!(split(text), ["a", "=", text.split_once("= ").unwrap().1]);
    }

    #[test]
    fn a_heredoc_ends_at_its_word() {
        assert_eq!(
            split("a = <<-EOT\n  EOTX\n  EOT\nb"),
            ["a", "=", "<<-EOT\n  EOTX\n  EOT", "\n", "b"]
        );
        assert!(tokens("a = <<EOT\nx").1.len() == 1);
        assert!(tokens("a = <<EOT").1.len() == 1);
    }

    #[test]
    fn numbers_and_operators_split() {
        assert_eq!(split("1.5e3>=x.0"), ["1.5e3", ">=", "x", ".", "0"]);
        assert_eq!(split("1..2 # c"), ["1", ".", ".", "2", "# c"]);
        assert_eq!(split("é-1 /* a\n */"), ["é-1", "/* a\n */"]);
    }

    #[test]
    fn what_is_not_closed_is_reported_where_it_opens() {
        assert_eq!(tokens("a = \"b\nc\"").1[0].start, 4);
        assert_eq!(tokens("/* a").1[0].start, 0);
    }
}
