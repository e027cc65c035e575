//! Text of others made inert in GitHub- and GitLab-flavoured Markdown.
//!
//! A forge turns Markdown into HTML and then looks for mentions, issues, commits, emoji, labels and
//! formulas in the text of that HTML. So two things are done: what Markdown or HTML would act on is
//! escaped, and behind what a forge looks for stands a zero-width space, which no forge's pattern
//! allows there. Nothing that a forge acts on is in an element `code`; so what people copy goes there.
//!
//! ```text
//! @all <b> #12          @\u{200b}all &lt;b&gt; \#\u{200b}12
//! ```

use super::text;

/// Keeps a forge from reading on: it takes no room, and none of their patterns has it.
const STOP: char = '\u{200b}';

/// Digits and letters of the shortest commit that forges make a link of.
const SHORTEST_COMMIT: usize = 7;

/// A name or a sentence of others as Markdown that shows just that: no markup, mention, reference,
/// link, picture, formula, emoji or table cell of its own, and no list or heading at its beginning.
#[must_use]
pub fn escape(raw: &str) -> String {
    let line = text::inert_line(raw);
    let line = line.trim();
    let mut out = String::with_capacity(line.len() + line.len() / 8);
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let word = rest.len() - rest.trim_start_matches(is_word).len();
        if word > 0 {
            push_word(&rest[..word], rest[word..].chars().next(), &mut out);
            rest = &rest[word..];
        } else {
            rest = &rest[c.len_utf8()..];
            push_mark(c, rest.chars().next(), &mut out);
        }
    }
    without_beginning(out)
}

/// The same, at most `columns` wide and cut with `…` where it is wider. What is escaped takes at most
/// three times as many characters as that, so that a text of signs alone doesn't fill a page.
#[must_use]
pub fn shown(raw: &str, columns: usize) -> String {
    cut_to(raw, columns, escape)
}

/// Text of others that may be copied from an element `code`: exact but for what a terminal would act
/// on. Cut as by [`shown`].
#[must_use]
pub fn code(raw: &str, columns: usize) -> String {
    format!("<code>{}</code>", cut_to(raw, columns, entities))
}

/// A sentence in which `words between such marks` stand in elements `code`. Cut as by [`shown`].
#[must_use]
pub fn said(raw: &str, columns: usize) -> String {
    cut_to(raw, columns, |line| {
        let parts: Vec<&str> = line.split('`').collect();
        // With one mark left over, none is taken for a pair; nor are marks with nothing between them,
        // since what is left of them might be read together with what is right.
        let empty = parts.iter().skip(1).step_by(2).any(|part| part.is_empty());
        if parts.len().is_multiple_of(2) || empty {
            return escape(line);
        }
        let part = |(i, part): (usize, &&str)| match i % 2 {
            0 => spaced(part),
            _ => format!("<code>{}</code>", entities(part)),
        };
        parts.iter().enumerate().map(part).collect()
    })
}

/// A part of a line as [`escape`] has it, with the spaces around it.
fn spaced(part: &str) -> String {
    let space = |is: bool| if is { " " } else { "" };
    let escaped = escape(part);
    let before = space(part.starts_with(' '));
    let after = space(part.ends_with(' ') && !escaped.is_empty());
    format!("{before}{escaped}{after}")
}

fn cut_to(raw: &str, columns: usize, escape: impl Fn(&str) -> String) -> String {
    // What can't be seen isn't worth the time to escape it.
    let line: String = raw.chars().take(columns.saturating_mul(2)).collect();
    let line = if line.len() < raw.len() {
        line + " …"
    } else {
        line
    };
    let line = text::inert_line(&line);
    let most = columns.saturating_mul(3);
    let mut wide = columns;
    loop {
        let escaped = escape(&text::cut(&line, wide));
        if escaped.chars().count() <= most || wide == 0 {
            return escaped;
        }
        wide = wide * 3 / 4;
    }
}

/// Every sign that Markdown, HTML or a table might act on as an entity.
fn entities(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in text::inert_line(raw).chars() {
        match c {
            // An element of its own: addresses are looked for in what stands in one.
            '@' => out.push_str("<span>@</span>"),
            '.' if ends_with_www(&out) => out.push_str("&#46;"),
            c if c.is_alphanumeric() || !c.is_ascii() || " /,.-+=;".contains(c) => out.push(c),
            c => out.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    let last = text.as_bytes().last_chunk::<3>();
    last.is_some_and(|last| last.eq_ignore_ascii_case(b"www"))
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

/// A word of ASCII letters and digits: neither a commit, nor the start of an address.
fn push_word(word: &str, next: Option<char>, out: &mut String) {
    let hex = word.bytes().all(|b| b.is_ascii_hexdigit());
    if hex && word.len() >= SHORTEST_COMMIT {
        let pieces = word.as_bytes().chunks(SHORTEST_COMMIT - 1);
        let pieces: Vec<&str> = pieces.filter_map(|p| std::str::from_utf8(p).ok()).collect();
        out.push_str(&pieces.join("\u{200b}"));
    } else {
        out.push_str(word);
    }
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if (is("www") && next == Some('.')) || (is("gh") && next == Some('-')) {
        out.push(STOP);
    }
}

/// Anything else, given what follows.
fn push_mark(c: char, next: Option<char>, out: &mut String) {
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        // GitHub's own way to keep a dollar sign from beginning a formula.
        '$' => out.push_str("<span>\\$</span>"),
        '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '^' | '{' | '}' => {
            out.extend(['\\', c]);
        }
        c => out.push(c),
    }
    let begins_something = match c {
        '@' | '[' => true,
        '{' => matches!(next, Some('+' | '-')),
        '#' | '!' | '~' | '%' | '&' | '^' | ':' => {
            next.is_some_and(|n| n.is_alphanumeric() || "/+-_\"".contains(n))
        }
        _ => false,
    };
    if begins_something {
        out.push(STOP);
    }
}

/// Without what begins a list at the start of a line: `- `, `+ `, `= `, `1. `, `1) `.
fn without_beginning(escaped: String) -> String {
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    match escaped.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => {
            let (number, rest) = escaped.split_at(digits);
            format!("{number}\\{rest}")
        }
        Some(b'-' | b'+' | b'=' | b'/') if digits == 0 => format!("\\{escaped}"),
        _ => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        let visible = escape(raw).replace(STOP, "·");
        assert_eq!(visible, expected, "of {raw:?}");
    }

    #[test]
    fn names_and_sentences_stay_as_they_are() {
        let plain =
            "4 × c6a.16xlarge in aws/us-east-1, 12.5 % of it (or \"all\"); it's 模型 -- ok?";
        check(plain, plain);
    }

    #[test]
    fn markup_shows_as_it_is_written() {
        check("a|b`</details>", "a\\|b\\`&lt;/details&gt;");
        check("**b** _i_ \\*", "\\*\\*b\\*\\* \\_i\\_ \\\\\\*");
        check("![p](u) [l](u)", "\\!\\[·p\\](u) \\[·l\\](u)");
        check("<!-- x -->", "&lt;\\!·-- x --&gt;");
        check("```\nx", "\\`\\`\\`\\\\nx");
        check("[x] {+a+}", "\\[·x\\] \\{·+a+\\}");
    }

    #[test]
    fn words_between_marks_are_code_in_a_sentence() {
        let check = |raw: &str, expected: &str| {
            assert_eq!(said(raw, 100).replace(STOP, "·"), expected, "of {raw:?}");
        };
        check(
            "set `a_b` or `@all`.",
            "set <code>a&#95;b</code> or <code><span>@</span>all</code>.",
        );
        check("`x` `y`", "<code>x</code> <code>y</code>");
        check("one ` left", "one \\` left");
        check(":``0", ":\\`\\`0");
    }

    #[test]
    fn a_beginning_is_no_list_heading_or_command() {
        check("1. x", "1\\. x");
        check("12) x", "12\\) x");
        check("- x", "\\- x");
        check("+ x", "\\+ x");
        check("---", "\\---");
        check("    x", "x");
        check("/close", "\\/close");
        check("# x", "\\# x");
        check("1.5 GB", "1\\.5 GB");
    }

    #[test]
    fn what_a_forge_looks_for_is_stopped() {
        check("@all a@b.c", "@·all a@·b.c");
        check("#12 GH-1 o/r#3", "\\#·12 GH·-1 o/r\\#·3");
        check("!1 ~bug &3", "\\!·1 \\~·bug &amp;·3");
        check(":tada: :+1:", ":·tada: :·+1:");
        check("https://a.b www.c.d", "https:·//a.b www·.c.d");
        check("$x$", "<span>\\$</span>x<span>\\$</span>");
        check("deadbeef 123456 12345678", "deadbe·ef 123456 123456·78");
    }

    #[test]
    fn what_cannot_be_seen_is_made_visible() {
        check(
            "a\u{1b}[1mb\u{202e}c",
            "a\\\\u\\{1b\\}\\[·1mb\\\\u\\{202e\\}c",
        );
    }

    #[test]
    fn long_text_is_cut_before_and_after_it_is_escaped() {
        assert_eq!(shown("abcdef", 4), "abc…");
        assert_eq!(shown(&"z".repeat(10_000), 9), "zzzzzzzz…");
        let signs = shown(&"$".repeat(10_000), 40);
        assert!(
            signs.ends_with('…') && signs.chars().count() <= 120,
            "{signs}"
        );
    }

    #[test]
    fn code_is_exact() {
        assert_eq!(code("s3://a|b", 20), "<code>s3&#58;//a&#124;b</code>");
        let markup = "<code>&#60;/code&#62;<span>@</span>x www&#46;y</code>";
        assert_eq!(code("</code>@x www.y", 20), markup);
    }
}
