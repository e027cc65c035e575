//! Text of others shows as it is written and does nothing.

use mlinfra::render::markdown::{code, escape, said};
use mlinfra::render::review::markdown;
use mlinfra::render::text::inert_line;
use mlinfra::review::SpecReview;
use proptest::prelude::*;
use serde_json::Value;

use super::html::{Piece, blocks, pieces, searched, tags};
use super::{roomy, worked};

/// What somebody might write into a name, a reason or a branch.
const HOSTILE: &[&str] = &[
    "@everyone @acme/team a@b.co",
    "</details></td></table>",
    "```\n# x\n```",
    "~~~ ~~gone~~",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\u{1b}[31mred\u{1b}[0m \u{202e}dlrow",
    "#123 GH-1 acme/x#4 !5 &6 %7 $8 ^alert#1",
    "0123456789abcdef0123456789abcdef01234567 deadbee",
    ":tada: :+1:",
    "![p](//x.test/p.png) [l](javascript:alert(1)) [l]: x",
    "a | b || c \\| d",
    "<!-- x --> --> -- ]]>",
    "$$a$$ $b$ $`c`$",
    "[x] [ ] - [x]",
    "1. one",
    "- one",
    "> quote > [!NOTE]",
    "/close",
    "https://x.test www.x.test ftp://x.test mailto:a@b.co",
    "*a* _b_ __c__ **d** ^e^ `f` [[g]] [^h] ^[i]",
    "&lt;b&gt; &amp; &#64;all",
    "\\ \\\\ \\* trailing \\",
    "{+in+} {-out-} [+in+] [-out-]",
    "mlinfra {\"v\":1}",
    "::: x\n---\n===",
];

/// What forges make something of in the text of HTML: mentions, references, emoji, addresses.
fn is_found(text: &str) -> Option<String> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    let chars: Vec<char> = text.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let next = chars.get(at + 1).copied();
        let sign = matches!(c, '@' | '#' | '!' | '~' | '%' | '&' | '^') && word(next);
        let colon = *c == ':' && (word(next) || matches!(next, Some('/' | '+' | '-')));
        if sign || colon || (*c == '$' && next.is_some_and(|n| !n.is_whitespace())) {
            return Some(chars[at..].iter().take(20).collect());
        }
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let commit = |w: &&str| w.len() >= 7 && w.bytes().all(|b| b.is_ascii_hexdigit());
    let lower = text.to_lowercase();
    let fixed = ["www.", "gh-"].iter().find(|bad| lower.contains(**bad));
    words.find(commit).or(fixed.copied()).map(str::to_owned)
}

/// The text of HTML without what `escape` puts between signs, and with its spaces as HTML shows them.
fn plain(text: &str) -> String {
    let text = text.replace('\u{200b}', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All text between two marks that stand around it.
fn text_between(markdown: &str, from: &str, to: &str) -> String {
    let all: String = pieces(markdown)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Tag(_) => None,
        })
        .collect();
    let start = all.find(from).expect("the first mark is there") + from.len();
    let end = all.rfind(to).expect("the second mark is there");
    plain(&all[start..end])
}

/// Puts a text into each kind of place, and expects just it there.
#[track_caller]
fn check(raw: &str) {
    let expected = plain(&inert_line(raw));
    let (safe, exact) = (escape(raw), code(raw, 4000));
    for piece in pieces(&safe) {
        let ours = ["<p>", "</p>", "<span>", "</span>"];
        if let Piece::Tag(tag) = piece {
            assert!(ours.contains(&tag.as_str()), "{tag} of {raw:?}: {safe}");
        }
    }
    let table = |cell: &str| format!("| a | b |\n| - | - |\n| {cell} | y |\n");
    let details =
        |summary: &str| format!("<details><summary>{summary}</summary>\n\nx\n\n</details>\n");
    let start_and_end = |text: &str| format!("START {text} END");
    let forms = [
        (start_and_end(&safe), start_and_end("x")),
        (format!("- {safe}\n"), "- x\n".into()),
        (table(&start_and_end(&safe)), table(&start_and_end("x"))),
        (table(&start_and_end(&exact)), table("<code>x</code>")),
        (details(&start_and_end(&exact)), details("<code>x</code>")),
    ];
    for (text, harmless) in forms {
        if text.contains("START") {
            assert_eq!(text_between(&text, "START", "END"), expected, "{text}");
        }
        assert_eq!(tags(&text), tags(&harmless), "{text}");
        assert_eq!(is_found(&searched(&text)), None, "{text}");
    }
    let list = format!("- {safe}\n");
    assert_eq!(blocks(&list), blocks("- x\n"), "{list}");
    check_said(raw);
}

/// The same of a sentence with words in code.
#[track_caller]
fn check_said(raw: &str) {
    let line = inert_line(raw);
    let paired = line.matches('`').count().is_multiple_of(2)
        && !line.split('`').skip(1).step_by(2).any(str::is_empty);
    let expected = if paired { line.replace('`', "") } else { line };
    let list = format!("- START {} END\n", said(raw, 4000));
    assert_eq!(
        text_between(&list, "START", "END"),
        plain(&expected),
        "{list}"
    );
    assert_eq!(without_code(&tags(&list)), tags("- x\n"), "{list}");
    assert_eq!(is_found(&searched(&list)), None, "{list}");
    assert_eq!(blocks(&list), blocks("- x\n"), "{list}");
}

/// Elements but `code`, of which as many end as begin.
#[track_caller]
fn without_code(tags: &[String]) -> Vec<String> {
    let (code, others): (Vec<&String>, Vec<&String>) =
        tags.iter().partition(|tag| tag.contains("code"));
    let opened = code.iter().filter(|tag| tag.starts_with("<code")).count();
    assert_eq!(opened * 2, code.len(), "{code:?}");
    others.into_iter().cloned().collect()
}

#[test]
fn each_hostile_text_shows_as_it_is_written() {
    for raw in HOSTILE {
        check(raw);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_shows_as_it_is_written(
        raw in "[-a-f0-9 @#!~%&$^:/|\\\\`*_<>\\[\\](){}+=.\"'\u{1b}\u{202e}\nwGH\u{e9}]{1,40}"
    ) {
        // Quotes of its own would move the marks that the test looks for, and nothing else.
        prop_assume!(!plain(&inert_line(&raw)).is_empty());
        check(&raw);
    }
}

/// Replaces each text that isn't of a form of its own by a hostile one, and each the same way.
fn replaced(review: &SpecReview, hostile: &str) -> SpecReview {
    let mut json = serde_json::to_value(review).unwrap();
    let mut paths = Vec::new();
    strings(&json, &mut String::new(), &mut paths);
    let mut free: std::collections::BTreeMap<String, bool> = std::collections::BTreeMap::new();
    for path in paths {
        let kind: String = path
            .split('/')
            .map(|part| {
                if part.parse::<usize>().is_ok() {
                    "*"
                } else {
                    part
                }
            })
            .collect::<Vec<_>>()
            .join("/");
        let before = json.pointer(&path).unwrap().clone();
        let after = Value::from(format!("{hostile} {}", before.as_str().unwrap()));
        let allowed = *free.entry(kind).or_insert_with(|| {
            *json.pointer_mut(&path).unwrap() = after.clone();
            let reads = serde_json::from_value::<SpecReview>(json.clone()).is_ok();
            *json.pointer_mut(&path).unwrap() = before;
            reads
        });
        if allowed {
            *json.pointer_mut(&path).unwrap() = after;
        }
    }
    serde_json::from_value(json).unwrap()
}

fn strings(value: &Value, path: &mut String, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::String(_) => return found.push(path.clone()),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(at, item)| (at.to_string(), item)).collect()
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let name = |name: &str| name.replace('~', "~0").replace('/', "~1");
            fields.map(|(key, field)| (name(key), field)).collect()
        }
        _ => return,
    };
    for (name, child) in children {
        let length = path.len();
        path.push('/');
        path.push_str(&name);
        strings(child, path, found);
        path.truncate(length);
    }
}

#[test]
fn a_review_full_of_hostile_text_has_the_elements_of_any_other() {
    let review = worked();
    // The same text everywhere changes what is told on one line, as of two zones of one region.
    let expected = without_code(&tags(&markdown(&replaced(&review, "x"), &roomy())));
    for hostile in HOSTILE {
        let shown = markdown(&replaced(&review, hostile), &roomy());
        assert_eq!(without_code(&tags(&shown)), expected, "{hostile}");
        assert_eq!(is_found(&searched(&shown)), None, "{hostile}");
        let first = |line: &str| line.starts_with('/') || line.starts_with("    ");
        let graph = shown.find("```mermaid").unwrap()..shown.rfind("```").unwrap();
        let outside = [&shown[..graph.start], &shown[graph.end..]].concat();
        assert!(!outside.lines().any(first), "{hostile}: {outside}");
    }
}

#[test]
fn a_name_of_ten_thousand_characters_is_cut() {
    let mut review = worked();
    review.project = "n".repeat(10_000);
    let shown = markdown(&review, &roomy());
    let title = shown.lines().next().unwrap();
    let name = format!("### {}…: monthly cost ", "n".repeat(39));
    assert!(title.starts_with(&name), "{title}");
}
