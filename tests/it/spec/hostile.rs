//! No text makes reading a spec panic, hang or fill the memory.

use std::time::{Duration, Instant};

use mlinfra::spec::fmt::format;
use proptest::prelude::*;

use super::{codes, load_texts};

const VALID: [&str; 3] = [
    include_str!("../../specs/valid/everything/main.mlinfra.hcl"),
    include_str!("../../specs/valid/everything/stages.mlinfra.hcl"),
    include_str!("../../../src/cli/init/starter.mlinfra.hcl"),
];

/// Everything that can be done with a text; whatever it says, it must end.
fn try_all(text: &str) {
    let (project, diagnostics, sources) = load_texts(&[text]);
    assert_eq!(project.is_some(), !diagnostics.has_errors());
    let told = mlinfra::render::diagnostics::human(&diagnostics, &sources);
    assert_eq!(told.is_empty(), diagnostics.is_empty());
    if let Ok(once) = format(text) {
        let twice = format(&once);
        assert_eq!(twice.as_ref(), Ok(&once), "not idempotent for {text:?}");
        let again = load_texts(&[&once]);
        let json = |p: &Option<mlinfra::model::Project>| p.as_ref().map(|p| p.canonical_json());
        assert_eq!(
            json(&again.0),
            json(&project),
            "another meaning for {text:?}"
        );
        assert_eq!(
            again.1.len(),
            diagnostics.len(),
            "other mistakes for {text:?}"
        );
    }
}

/// Words of the language, so that random texts get past the parser.
fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "stage",
        "dataset",
        "locals",
        "variable",
        "output",
        "project",
        "\"p\"",
        "\"a\"",
        "x",
        "a",
        "kind",
        "value",
        "=",
        "==",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\n",
        "\n",
        ",",
        ":",
        "?",
        ".",
        "...",
        "=>",
        "for",
        "in",
        "if",
        "*",
        "-",
        "!",
        "+",
        "/",
        "%",
        "1",
        "2.5",
        "true",
        "null",
        "\"${",
        "}\"",
        "\"%{ if x }\"",
        "local.a",
        "var.x",
        "max(",
        "<<EOT\nt\nEOT\n",
        "# c\n",
        "/* c */",
        "stage.a.output.x",
        " ",
        "\"3h\"",
        "&&",
        "<",
        "\u{e9}",
        "\r\n",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        try_all(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn arbitrary_words_are_read_to_an_end(words in prop::collection::vec(token(), 0..60)) {
        try_all(&words.join(" "));
        try_all(&words.concat());
    }

    #[test]
    fn mutated_specs_are_read_to_an_end(
        which in 0..VALID.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..12usize, token()), 1..6),
    ) {
        let mut text = VALID[which].to_owned();
        for (at, length, word) in edits {
            let places: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
            let Some(start) = places.get(at.index(places.len().max(1))).copied() else { break };
            let end = (start..=text.len()).filter(|i| text.is_char_boundary(*i)).nth(length).unwrap_or(text.len());
            text.replace_range(start..end, word);
        }
        try_all(&text);
    }
}

/// Texts that are nested, doubled or long in every way there is.
fn bombs() -> Vec<(&'static str, String)> {
    let locals = |lines: &mut dyn Iterator<Item = String>| {
        format!(
            "project \"p\" {{}}\nlocals {{\n{}\n}}\n",
            lines.collect::<Vec<_>>().join("\n")
        )
    };
    let one = |text: String| format!("project \"p\" {{}}\nlocals {{\n  a = {text}\n}}\n");
    let many = 20_000;
    let chain = |of: &str| {
        let of = of.to_owned();
        let mut lines = (1..600)
            .map(move |i| format!("  v{i} = {}", of.replace('@', &format!("local.v{}", i - 1))));
        locals(&mut std::iter::once("  v0 = [\"ha\"]".to_owned()).chain(&mut lines))
    };
    vec![
        ("brackets", one("[".repeat(many))),
        ("closed brackets", one("[".repeat(many) + &"]".repeat(many))),
        ("braces", one("{a=".repeat(many))),
        ("parentheses", one("(".repeat(many) + "1" + &")".repeat(many))),
        ("parentheses that fit", one("(".repeat(63) + "1" + &")".repeat(63))),
        ("lists that fit", one("[".repeat(60) + &"]".repeat(60))),
        ("calls that fit", one("abs(".repeat(60) + "1" + &")".repeat(60))),
        ("templates that fit", one("\"${".repeat(30) + "1" + &"}\"".repeat(30))),
        (
            "objects that fit",
            one("{ a = ".repeat(60) + "1" + &"}".repeat(60)),
        ),
        (
            "blocks that fit",
            "stage \"a\" {\n".repeat(60) + &"}\n".repeat(60),
        ),
        (
            "conditions that fit",
            one("true ? 1 : ".repeat(60) + "1"),
        ),
        (
            "loops that fit",
            one("[for a in [1] : ".repeat(30) + "1" + &"]".repeat(30)),
        ),
        (
            "directives that fit",
            one("\"".to_owned() + &"%{ if true }".repeat(28) + &"%{ endif }".repeat(28) + "\""),
        ),
        (
            "indexes that fit",
            one("[0][".repeat(30) + "0" + &"]".repeat(30)),
        ),
        (
            "deep chain",
            locals(&mut (0..100).map(|i| {
                let (open, close) = ("(".repeat(50), ")".repeat(50));
                format!("  v{i} = {open}local.v{}{close}", i + 1)
            })),
        ),
        ("templates", one("\"${".repeat(many) + "1" + &"}\"".repeat(many))),
        ("not", one("!".repeat(many) + "true")),
        ("minus", one("-".repeat(many) + "1")),
        ("sum", one("1".to_owned() + &"+1".repeat(many))),
        ("conditions", one("true ? 1 : ".repeat(many) + "1")),
        ("steps", one("a".to_owned() + &".a".repeat(many))),
        ("indexes", one("a".to_owned() + &"[0]".repeat(many))),
        ("blocks", "stage \"a\" {\n".repeat(many)),
        ("directives", one("\"".to_owned() + &"%{ if true }".repeat(many) + "\"")),
        ("comments", "/*".repeat(many)),
        ("heredocs", "a = <<EOT\n".repeat(many)),
        ("quotes", "\"".repeat(many)),
        ("keys", one("{".to_owned() + &(0..many).map(|i| format!("k{i}=1,")).collect::<String>() + "}")),
        ("keys in a template", one("\"${{".to_owned() + &(0..many).map(|i| format!("k{i}=1,")).collect::<String>() + "}}\"")),
        ("doubled lists", chain("concat(@, @)")),
        ("doubled texts", chain("[\"${join(\"\", @)}${join(\"\", @)}\"]")),
        ("doubled values", chain("[@, @]")),
        ("doubled json", chain("[jsonencode(@)]")),
        ("equality", chain("[@ == @, @, @]")),
        ("chain", locals(&mut (0..1500).map(|i| format!("  v{i} = local.v{}", i + 1)))),
        ("cycle", locals(&mut (0..1500).map(|i| format!("  v{i} = local.v{}", (i + 1) % 1500)))),
        ("loops", one("[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : 1]]]".to_owned())),
        ("replace", one("replace(replace(join(\"\", range(1000)), \"\", \"aaaaaaaaaaaa\"), \"a\", join(\"\", range(1000)))".to_owned())),
        ("width", one("format(\"%999999999d\", 1)".to_owned())),
        ("slips", one("nope\n".to_owned() + &(0..many).map(|i| format!("  x{i} = nope{i}\n")).collect::<String>())),
        ("wrong blocks", "nope {}\n".repeat(many)),
        ("long name", format!("{} = 1\n", "n".repeat(900_000))),
        ("long text", one(format!("\"{}\"", "t".repeat(900_000)))),
        ("large", "a".repeat((1 << 20) + 1)),
    ]
}

#[test]
#[expect(clippy::disallowed_methods, reason = "time is what is tested")]
fn bombs_are_defused_in_bounded_time() {
    for (name, text) in bombs() {
        let started = Instant::now();
        drop(load_texts(&[&text]));
        drop(format(&text));
        let took = started.elapsed();
        // Generous, since builds for tests are slow and machines are shared; a bomb takes for ever.
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
        println!("{name}: {took:?}");
    }
}

#[test]
fn limits_have_codes_of_their_own() {
    let bombs = bombs();
    let text = |wanted: &str| &bombs.iter().find(|(name, _)| *name == wanted).unwrap().1;
    for (name, code) in [
        ("closed brackets", "spec::too-deep"),
        ("not", "spec::too-deep"),
        ("sum", "spec::too-deep"),
        ("chain", "spec::too-deep"),
        ("keys", "spec::too-large"),
        ("doubled texts", "spec::too-large"),
        ("loops", "spec::too-large"),
        ("large", "spec::too-large"),
    ] {
        assert!(
            codes(text(name)).contains(&code),
            "{name}: {:?}",
            codes(text(name))
        );
    }
    for name in ["parentheses that fit", "lists that fit", "calls that fit"] {
        assert_eq!(codes(text(name)), [""; 0], "{name}");
    }
}
