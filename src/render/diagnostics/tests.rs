use super::*;
use crate::diagnostics::{Origin, planning, spec};

#[track_caller]
fn origin(sources: &mut Sources, text: &str, part: &str) -> Origin {
    let start = text.find(part).unwrap();
    at(sources, text, start, start + part.len())
}

fn at(sources: &mut Sources, text: &str, start: usize, end: usize) -> Origin {
    let file = sources.add("main.hcl", text);
    Origin { file, start, end }
}

/// Renders one error about `part` of `text`.
#[track_caller]
fn check(text: &str, part: &str, label: &str, expect: &str) {
    let mut sources = Sources::new();
    let origin = origin(&mut sources, text, part);
    check_at(&sources, origin, label, expect);
}

#[track_caller]
fn check_at(sources: &Sources, origin: Origin, label: &str, expect: &str) {
    let error = Diagnostic::error(&spec::SYNTAX).at(origin).label(label);
    let text = human(&error.into(), sources);
    let expect = format!("error[spec::syntax]: syntax error\n{expect}\n");
    assert_eq!(text, expect, "got:\n{text}");
    assert!(text.lines().all(|l| text::width(l) <= COLUMNS), "{text}");
}

#[test]
fn a_mistake_in_the_spec_has_the_form_of_the_style_page() {
    let mut sources = Sources::new();
    let text = "\n".repeat(13) + "    gpu_modle = \"h200\"\n";
    let origin = origin(&mut sources, &text, "gpu_modle");
    let error = Diagnostic::error(&spec::UNSUPPORTED_ARGUMENT)
        .at(origin)
        .label("block `accelerator` has no such argument")
        .hint(
            "did you mean `gpu_model`? The arguments here are `gpu_model`, `count`, `memory_min`.",
        );
    assert_eq!(
        human(&error.into(), &sources),
        "error[spec::unsupported-argument]: unsupported argument
  --> main.hcl:14:5
   |
14 |     gpu_modle = \"h200\"
   |     ^^^^^^^^^ block `accelerator` has no such argument

hint: did you mean `gpu_model`? The arguments here are `gpu_model`, `count`, `memory_min`.
"
    );
}

#[test]
fn details_hints_and_commands_stand_apart() {
    let error = Diagnostic::error(&planning::NO_FEASIBLE_OFFERING)
        .detail("  1,284 offerings\n     96 have 8 GPUs\n\nAny two can be met together.\n")
        .hint("raise `max_node_hour`, or")
        .hint("allow `us-*`")
        .hint_command("To see all 96, run:", "mlinfra explain train")
        .hint_command("To see them as JSON, run:", "mlinfra explain train --json");
    assert_eq!(
        human(&error.into(), &Sources::new()),
        "error[planning::no-feasible-offering]: no offering meets every requirement

  1,284 offerings
     96 have 8 GPUs

Any two can be met together.

hint: raise `max_node_hour`, or
hint: allow `us-*`

To see all 96, run:
    mlinfra explain train
To see them as JSON, run:
    mlinfra explain train --json
"
    );
}

#[test]
fn several_are_counted_at_the_end() {
    let mut all = Diagnostics::new();
    all.push(Diagnostic::error(&spec::SYNTAX).detail("One."));
    all.push(Diagnostic::warning(&planning::BUDGET_WARNING).detail("Two."));
    all.push(Diagnostic::error(&spec::SYNTAX));
    assert_eq!(
        human(&all, &Sources::new()),
        "error[spec::syntax]: syntax error

One.

warning[planning::budget-warning]: budget nearly used

Two.

error[spec::syntax]: syntax error

2 errors, 1 warning
"
    );
    assert_eq!(human(&Diagnostics::new(), &Sources::new()), "");
}

#[test]
fn a_range_of_several_lines_is_marked_to_the_end_of_the_first() {
    check(
        "a = [\n  1,\n]\n",
        "[\n  1,\n]",
        "no list here",
        "  --> main.hcl:1:5\n   |\n 1 | a = [\n   |     ^ no list here",
    );
    check(
        "block {\n  x = 1\n}\n",
        "block {\n  x = 1\n}",
        "",
        "  --> main.hcl:1:1\n   |\n 1 | block {\n   | ^^^^^^^",
    );
}

#[test]
fn tabs_and_wide_characters_keep_the_carets_in_place() {
    check(
        "\tx = 1\n",
        "x",
        "here",
        "  --> main.hcl:1:2\n   |\n 1 |     x = 1\n   |     ^ here",
    );
    check(
        "模型 = \"é\"\n",
        "\"é\"",
        "here",
        "  --> main.hcl:1:6\n   |\n 1 | 模型 = \"é\"\n   |        ^^^ here",
    );
    check(
        "a = 模型\n",
        "模型",
        "",
        "  --> main.hcl:1:5\n   |\n 1 | a = 模型\n   |     ^^^^",
    );
}

#[test]
fn empty_ranges_and_the_end_of_the_file_get_one_caret() {
    let text = "a = \nb = 1\n";
    for (offset, expect) in [
        (
            4,
            "  --> main.hcl:1:5\n   |\n 1 | a =\n   |     ^ value missing",
        ),
        (11, "  --> main.hcl:3:1\n   |\n 3 |\n   | ^ value missing"),
        (999, "  --> main.hcl:3:1\n   |\n 3 |\n   | ^ value missing"),
    ] {
        let mut sources = Sources::new();
        let origin = at(&mut sources, text, offset, offset);
        check_at(&sources, origin, "value missing", expect);
    }
}

#[test]
fn windows_line_ends_leave_no_trace() {
    check(
        "a = 1\r\nb = ?\r\n",
        "?",
        "no value",
        "  --> main.hcl:2:5\n   |\n 2 | b = ?\n   |     ^ no value",
    );
    check(
        "a = 1\r\nb = ?\r\n",
        "?\r\n",
        "",
        "  --> main.hcl:2:5\n   |\n 2 | b = ?\n   |     ^",
    );
}

#[test]
fn control_characters_and_turned_text_are_shown_and_not_obeyed() {
    check(
        "a\u{1b}[2Jb = \u{202e}x\n",
        "x",
        "what\u{7} is\nthis",
        "  --> main.hcl:1:11
   |
 1 | a\\u{1b}[2Jb = \\u{202e}x
   |                       ^ what\\u{7} is\\nthis",
    );
    let mut sources = Sources::new();
    let file = sources.add("a\u{1b}\n.hcl", "x");
    let error = Diagnostic::error(&spec::SYNTAX)
        .at(Origin {
            file,
            start: 0,
            end: 1,
        })
        .detail("It says \u{1b}]0;title\u{7}.")
        .hint("no \u{2066}such")
        .hint_command("To \u{9b}try:", "mlinfra\nrm");
    assert_eq!(
        human(&error.into(), &sources),
        "error[spec::syntax]: syntax error
  --> a\\u{1b}\\n.hcl:1:1
   |
 1 | x
   | ^

It says \\u{1b}]0;title\\u{7}.

hint: no \\u{2066}such

To \\u{9b}try:
    mlinfra\\nrm
"
    );
}

#[test]
fn a_long_line_is_cut_around_the_mistake() {
    let text = format!("{}WRONG{}", "x".repeat(300), "y".repeat(300));
    check(
        &text,
        "WRONG",
        "",
        &format!(
            "  --> main.hcl:1:301\n   |\n 1 | …{}WRONG{}…\n   | {}^^^^^",
            "x".repeat(12),
            "y".repeat(76),
            " ".repeat(13),
        ),
    );
    let text = format!("WRONG{}", "y".repeat(300));
    check(
        &text,
        "WRONG",
        "",
        &format!(
            "  --> main.hcl:1:1\n   |\n 1 | WRONG{}…\n   | ^^^^^",
            "y".repeat(88)
        ),
    );
}

#[test]
fn characters_without_width_cannot_hide_that_a_line_was_cut() {
    let text = format!("{}WRONG", "e\u{301}".repeat(70));
    let mut sources = Sources::new();
    let origin = origin(&mut sources, &text, "WRONG");
    check_at(
        &sources,
        origin,
        "",
        &format!(
            "  --> main.hcl:1:141\n   |\n 1 | …{}WRONG\n   | {}^^^^^",
            "e\u{301}".repeat(6),
            " ".repeat(7),
        ),
    );
}

#[test]
fn a_file_with_a_mistake_everywhere_is_rendered_in_time_in_line_with_its_size() {
    let text = "x".repeat(1 << 20);
    let mut sources = Sources::new();
    let file = sources.add("main.hcl", &*text);
    let mut all = Diagnostics::new();
    for start in (0..text.len()).step_by(1 << 12) {
        let end = text.len();
        all.push(Diagnostic::error(&spec::SYNTAX).at(Origin { file, start, end }));
    }
    // Took minutes when each error looked at the whole line; the test would be felt.
    let rendered = human(&all, &sources);
    assert!(rendered.ends_with("^\n\n256 errors\n"));
    assert!(rendered.len() < 256 * 400);
}

#[test]
fn a_mistake_wider_than_the_page_is_marked_as_far_as_it_is_shown() {
    let text = format!("a = {}", "z".repeat(300));
    check(
        &text,
        &"z".repeat(300),
        "a few words",
        &format!(
            "  --> main.hcl:1:5\n   |\n 1 | a = {}…\n   |     {}\n   | a few words",
            "z".repeat(89),
            "^".repeat(89),
        ),
    );
}

#[test]
fn long_details_and_hints_are_wrapped() {
    let error = Diagnostic::error(&spec::SYNTAX)
        .detail("word ".repeat(30))
        .hint("word ".repeat(22));
    assert_eq!(
        human(&error.into(), &Sources::new()),
        format!(
            "error[spec::syntax]: syntax error\n\n{}\n{}\n\nhint: {}\n{}\n",
            "word ".repeat(20).trim_end(),
            "word ".repeat(10).trim_end(),
            "word ".repeat(19).trim_end(),
            "word ".repeat(3).trim_end(),
        )
    );
}

#[test]
fn an_unknown_file_is_left_out() {
    let other = Origin {
        file: crate::diagnostics::FileId(7),
        start: 0,
        end: 1,
    };
    let error = Diagnostic::error(&spec::SYNTAX).at(other).detail("Why.");
    assert_eq!(
        human(&error.into(), &Sources::new()),
        "error[spec::syntax]: syntax error\n\nWhy.\n"
    );
}

#[test]
fn colour_adds_nothing_but_escape_sequences() {
    let mut sources = Sources::new();
    let origin = origin(&mut sources, "a = 1", "1");
    let mut all = Diagnostics::new();
    all.push(
        Diagnostic::error(&spec::SYNTAX)
            .at(origin)
            .label("l")
            .hint("h"),
    );
    all.push(Diagnostic::warning(&spec::SYNTAX).hint_command("To x:", "y"));
    let styled = human_styled(&all, &sources, &Palette::COLOUR);
    assert!(
        styled.starts_with("\u{1b}[1m\u{1b}[31merror[spec::syntax]\u{1b}[0m"),
        "{styled:?}"
    );
    let mut stripped = String::new();
    let mut rest = styled.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..at]);
        rest = &rest[at + rest[at..].find('m').unwrap() + 1..];
    }
    stripped.push_str(rest);
    assert_eq!(stripped, human(&all, &sources));
}

#[test]
fn json_holds_the_whole_diagnostic() {
    let mut sources = Sources::new();
    let origin = origin(&mut sources, "a = 1\nbé = [\n2]\n", "[\n2]");
    let mut all = Diagnostics::new();
    all.push(
        Diagnostic::error(&spec::SYNTAX)
            .at(origin)
            .label("l")
            .detail("D.")
            .hint("h")
            .hint_command("To x:", "y"),
    );
    all.push(Diagnostic::warning(&planning::BUDGET_WARNING));
    assert_eq!(
        json(&all, &sources),
        serde_json::json!([
            {
                "severity": "error",
                "code": "spec::syntax",
                "summary": "syntax error",
                "detail": "D.",
                "label": "l",
                "range": {
                    "file": "main.hcl",
                    "start": {"line": 2, "column": 6, "byte": 12},
                    "end": {"line": 3, "column": 3, "byte": 16},
                },
                "snippet": "bé = [",
                "hints": [{"text": "h"}, {"lead": "To x:", "command": "y"}],
            },
            {
                "severity": "warning",
                "code": "planning::budget-warning",
                "summary": "budget nearly used",
                "detail": "",
                "label": "",
                "range": null,
                "snippet": null,
                "hints": [],
            },
        ])
    );
}

#[test]
fn json_gives_part_of_a_very_long_line() {
    let mut sources = Sources::new();
    let text = format!("{}WRONG{}", "x".repeat(5000), "y".repeat(5000));
    let origin = origin(&mut sources, &text, "WRONG");
    let value = json(
        &Diagnostic::error(&spec::SYNTAX).at(origin).into(),
        &sources,
    );
    let expect = format!("{}WRONG{}", "x".repeat(40), "y".repeat(155));
    assert_eq!(value[0]["snippet"], expect);

    let mut sources = Sources::new();
    let text = format!("{}WRONG{}", "x".repeat(150), "y".repeat(45));
    let origin = self::origin(&mut sources, &text, "WRONG");
    let value = json(
        &Diagnostic::error(&spec::SYNTAX).at(origin).into(),
        &sources,
    );
    assert_eq!(value[0]["snippet"], text);
}

proptest::proptest! {
    #[test]
    fn any_place_in_any_text_is_shown_within_the_page_and_without_control_characters(
        text in "(\\PC|[\u{0}-\u{20}\u{202e}\r\n\t模]){0,300}",
        start in 0..900usize,
        length in 0..400usize,
        label in "\\PC{0,120}",
    ) {
        let mut sources = Sources::new();
        let origin = at(&mut sources, &text, start, start + length);
        let error: Diagnostics = Diagnostic::error(&spec::SYNTAX).at(origin).label(label).into();
        let shown = human(&error, &sources);
        proptest::prop_assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        proptest::prop_assert!(shown.contains('^'), "{shown}");
        for line in shown.lines().take(4) {
            proptest::prop_assert!(text::width(line) <= COLUMNS, "{line}");
        }
        let value = json(&error, &sources);
        let snippet = value[0]["snippet"].as_str().unwrap();
        proptest::prop_assert!(text.contains(snippet), "{snippet:?}");
    }
}
