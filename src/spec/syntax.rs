//! Text → bodies with positions. A file that doesn't parse is split at its top-level blocks, so
//! that one slip hides nothing else.

use std::ops::Range;

use hcl_edit::structure::Body;

use super::lexer::{self, Token, TokenKind};
use crate::diagnostics::{Diagnostic, Diagnostics, FileId, Origin, spec};

/// A part of a file that parsed.
pub(crate) struct Part {
    pub(crate) place: Place,
    pub(crate) body: Body,
}

/// Turns the parser's byte ranges into places of the whole file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) file: FileId,
    base: usize,
}

impl Place {
    pub(crate) const fn new(file: FileId, base: usize) -> Self {
        Self { file, base }
    }

    pub(crate) fn origin(self, range: Option<Range<usize>>) -> Origin {
        let range = range.unwrap_or(0..0);
        Origin {
            file: self.file,
            start: self.base + range.start,
            end: self.base + range.end,
        }
    }
}

/// The head of a block that didn't parse, so that references to it aren't reported as well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BrokenHead {
    pub(crate) kind: String,
    pub(crate) label: Option<String>,
}

/// What a file came to.
#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) parts: Vec<Part>,
    pub(crate) broken: Vec<BrokenHead>,
    pub(crate) diagnostics: Diagnostics,
}

/// Largest file. Real specs are some kilobytes.
pub(crate) const MAX_FILE_BYTES: usize = 1 << 20;
/// Most syntax errors of one file; beyond, the file is something else than a spec.
const MAX_ERRORS: usize = 50;
/// Most entries of one block or object.
const MAX_ENTRIES: usize = 2000;
/// Longest string or heredoc that may hold expressions.
const MAX_TEMPLATE_BYTES: usize = 1 << 16;

/// Parses one file.
pub(crate) fn parse(file: FileId, text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let whole = Place::new(file, 0);
    if let Some(diagnostic) = refuse_unread(whole, text) {
        parsed.diagnostics.push(diagnostic);
        return parsed;
    }
    let (tokens, errors) = lexer::tokens(text);
    if let Some((range, detail)) = oversized(text, &tokens) {
        let diagnostic = Diagnostic::error(&spec::TOO_LARGE);
        parsed
            .diagnostics
            .push(diagnostic.at(whole.origin(Some(range))).detail(detail));
        return parsed;
    }
    for error in &errors {
        let diagnostic = Diagnostic::error(&spec::SYNTAX)
            .at(whole.origin(Some(error.start..error.end)))
            .detail(sentence(error.message));
        parsed.diagnostics.push(diagnostic);
    }
    if errors.is_empty()
        && let Ok(body) = hcl_edit::parser::parse_body(text)
    {
        parsed.parts.push(Part { place: whole, body });
        return parsed;
    }
    for chunk in chunks(text, &tokens) {
        if parsed.diagnostics.len() > MAX_ERRORS {
            break;
        }
        // What the lexer has reported needn't be reported again by the parser.
        let known = errors.iter().any(|e| chunk.contains(&e.start));
        parse_chunk(file, text, chunk, known, &mut parsed);
    }
    parsed
}

fn refuse_unread(place: Place, text: &str) -> Option<Diagnostic> {
    if text.len() > MAX_FILE_BYTES {
        return Some(
            Diagnostic::error(&spec::TOO_LARGE)
                .at(place.origin(Some(0..0)))
                .detail(format!(
                    "The file has {} bytes; a spec file may have at most {MAX_FILE_BYTES}.",
                    text.len()
                )),
        );
    }
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let strange = text.find(control)?;
    let code = text[strange..].chars().next().map_or(0, u32::from);
    Some(
        Diagnostic::error(&spec::SYNTAX)
            .at(place.origin(Some(strange..strange + 1)))
            .detail(format!(
                "A control character (U+{code:04X}) stands here; a spec is plain text."
            )),
    )
}

fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first: String = chars
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn parse_chunk(file: FileId, text: &str, chunk: Range<usize>, known: bool, parsed: &mut Parsed) {
    let place = Place::new(file, chunk.start);
    match hcl_edit::parser::parse_body(&text[chunk.clone()]) {
        Ok(body) => parsed.parts.push(Part { place, body }),
        Err(error) => {
            parsed.broken.extend(head(&text[chunk.clone()]));
            if !known {
                let text = &text[chunk];
                parsed.diagnostics.push(diagnostic(place, text, &error));
            }
        }
    }
}

/// `stage "train"` of a block that didn't parse.
fn head(text: &str) -> Option<BrokenHead> {
    let line = text.lines().next().unwrap_or("");
    let mut words = line.split_whitespace();
    let kind = words.next()?.to_owned();
    let label = words.next().map(|w| w.trim_matches(['"', '{']).to_owned());
    Some(BrokenHead {
        kind,
        label: label.filter(|l| !l.is_empty()),
    })
}

/// Top-level structures, by bracket depth; a known block's head in the first column starts a new
/// one even when a bracket above it was never closed.
fn chunks(text: &str, tokens: &[Token]) -> Vec<Range<usize>> {
    let mut chunks: Vec<Range<usize>> = Vec::new();
    let mut depth = 0usize;
    let mut line_start = true;
    for token in tokens {
        let first_column = token.start == 0 || text.as_bytes()[token.start - 1] == b'\n';
        let word = &text[token.start..token.end];
        let starts = line_start && token.kind == TokenKind::Word;
        let head = first_column && super::schema::SPEC.block(word).is_some();
        if starts && (depth == 0 || head) {
            depth = 0;
            chunks.push(token.start..token.end);
        }
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        line_start = token.kind == TokenKind::Newline;
        if !matches!(token.kind, TokenKind::Newline | TokenKind::LineComment) {
            match chunks.last_mut() {
                Some(last) => last.end = token.end,
                None => chunks.push(token.start..token.end),
            }
        }
    }
    chunks
}

/// The parser's message in the reader's words.
fn diagnostic(place: Place, text: &str, error: &hcl_edit::parser::Error) -> Diagnostic {
    let message = error.message();
    let at = error.location().offset().min(text.len());
    let at = (0..=at)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0);
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    if message.contains("redefined attribute") {
        let length = text[at..]
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(length);
        return Diagnostic::error(&spec::DUPLICATE_ARGUMENT)
            .at(place.origin(Some(at..at + length)))
            .label("given above already");
    }
    if message.contains("nested levels") || message.contains("chained binary operators") {
        return Diagnostic::error(&spec::TOO_DEEP)
            .at(place.origin(Some(at..at + length)))
            .detail("An expression may be nested 64 levels deep and chain 128 operators.");
    }
    let diagnostic = Diagnostic::error(&spec::SYNTAX).at(place.origin(Some(at..at + length)));
    if is_second_on_line(text, at) {
        let word = |c: char| !(c.is_alphanumeric() || c == '_' || c == '-');
        let length = text[at..].find(word).unwrap_or(length);
        return diagnostic
            .at(place.origin(Some(at..at + length)))
            .label("a second argument on this line")
            .detail("A block on one line holds one argument; more need a line each.")
            .hint("put each argument of the block on a line of its own.");
    }
    if message.starts_with("invalid expression") {
        return diagnostic.detail("A value must stand here, and no value begins like this.");
    }
    diagnostic.detail(format!("The text can't be read from here on: {message}."))
}

/// Whether a place stands behind a complete argument on the line of its block's `{`.
fn is_second_on_line(text: &str, at: usize) -> bool {
    let line_start = text[..at].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |i| at + i);
    let before = &text[line_start..at];
    let opened = before
        .rsplit_once('{')
        .is_some_and(|(_, inner)| inner.contains('='));
    let next: String = text[at..line_end]
        .chars()
        .skip_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    opened
        && text[at..].starts_with(char::is_alphabetic)
        && next.trim_start().starts_with(['=', '{', '"'])
}

/// Refuses what would make the parser slow: it looks an object's keys up one by one.
fn oversized(text: &str, tokens: &[Token]) -> Option<(Range<usize>, String)> {
    let mut entries: Vec<usize> = Vec::new();
    for token in tokens {
        let range = token.start..token.end;
        match token.kind {
            TokenKind::Open => entries.push(0),
            TokenKind::Close => drop(entries.pop()),
            TokenKind::Operator => {
                let Some(count) = entries.last_mut() else {
                    continue;
                };
                *count += usize::from(matches!(&text[range.clone()], "=" | ":"));
                if *count > MAX_ENTRIES {
                    let what = format!("A block or object may have at most {MAX_ENTRIES} entries.");
                    return Some((range, what));
                }
            }
            TokenKind::Text | TokenKind::Heredoc
                if range.len() > MAX_TEMPLATE_BYTES && text[range.clone()].contains('{') =>
            {
                let what = format!("A template may have at most {MAX_TEMPLATE_BYTES} bytes.");
                return Some((range.start..range.start + 1, what));
            }
            _ => {}
        }
    }
    None
}
