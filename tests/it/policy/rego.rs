//! Teams' own policies in Rego: what they say, in both forms, and what becomes of broken ones.

use mlinfra::diagnostics::Sources;
use mlinfra::render;
use mlinfra::review::policy::rego::Modules;
use mlinfra::review::verdict::{Severity, Status, Verdict};
use serde_json::{Value, json};

use super::{KEPT, planned};
use crate::cli::mlinfra;

fn read(modules: &[&str], data: &[(&str, &str)]) -> Result<Modules, String> {
    let mut sources = Sources::new();
    for (text, number) in modules.iter().zip(1..) {
        sources.add(format!("policy/{number}.rego"), *text);
    }
    let data: Vec<(String, String)> = data
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    Modules::read(&sources, &data)
        .map_err(|diagnostics| render::diagnostics::human(&diagnostics, &sources))
}

#[track_caller]
fn verdicts(module: &str, input: &Value) -> Vec<Verdict> {
    let modules = read(&[module], &[]).unwrap_or_else(|told| panic!("{told}"));
    modules.judge(input).unwrap_or_else(|diagnostics| {
        panic!(
            "{}",
            render::diagnostics::human(&diagnostics, modules.sources())
        )
    })
}

/// Name, severity and message of each breach.
fn breaches(verdicts: &[Verdict]) -> Vec<(&str, Severity, &str)> {
    let broken = verdicts
        .iter()
        .filter(|verdict| verdict.status == Status::Broken);
    broken
        .map(|verdict| {
            (
                verdict.rule.as_str(),
                verdict.severity,
                verdict.message.as_str(),
            )
        })
        .collect()
}

/// What is said of a module that can't be used, be it before or while it judges.
#[track_caller]
fn refused(module: &str) -> String {
    match read(&[module], &[]) {
        Err(told) => told,
        Ok(modules) => match modules.judge(&json!({ "x": 3 })) {
            Err(diagnostics) => render::diagnostics::human(&diagnostics, modules.sources()),
            Ok(verdicts) => panic!("{verdicts:#?}"),
        },
    }
}

#[test]
fn deny_violation_and_warn_are_asked_in_all_packages_and_in_both_forms() {
    let older = "package main\n\ndeny[msg] {\n  input.x > 1\n  msg := sprintf(\"x is %d\", [input.x])\n}\n\
                 violation_size[{\"msg\": msg}] { input.x > 2; msg := \"large\" }\nhelper[1] { true }\n";
    let newer = "package acme.costs\n\nimport rego.v1\n\nwarn_words contains \"dear\" if input.x > 1\n\
                 deny contains \"never\" if input.x > 5\n";
    let modules = read(&[older, newer], &[]).unwrap_or_else(|told| panic!("{told}"));
    let verdicts = modules.judge(&json!({ "x": 3 })).unwrap();
    let expected = [
        ("acme.costs.warn_words", Severity::Warn, "dear"),
        ("main.deny", Severity::Deny, "x is 3"),
        ("main.violation_size", Severity::Deny, "large"),
    ];
    assert_eq!(breaches(&verdicts), expected);
    let kept: Vec<&str> = verdicts
        .iter()
        .filter(|verdict| verdict.status == Status::Kept)
        .map(|verdict| verdict.rule.as_str())
        .collect();
    assert_eq!(kept, ["acme.costs.deny"]);
}

#[test]
fn messages_have_many_forms() {
    let of = |rule: &str| {
        let module = format!("package p\nimport rego.v1\n{rule}\n");
        let verdicts = verdicts(&module, &json!({}));
        let found = breaches(&verdicts).into_iter();
        found
            .map(|(_, _, message)| message.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("deny := true"), ["`p.deny` is true."]);
    assert_eq!(of("deny := \"a text\""), ["a text"]);
    assert_eq!(of("deny := [\"a\", {\"msg\": \"b\"}]"), ["a", "b"]);
    assert_eq!(of("deny[\"key\"] := 3"), ["key"]);
    assert_eq!(of("deny contains 3"), ["3"]);
    assert_eq!(of("default deny := false"), Vec::<String>::new());
}

#[test]
fn a_message_can_name_a_stage_and_a_way_out() {
    let module = "package p\nimport rego.v1\ndeny contains {\"msg\": \"m\", \"stage\": \"train\", \"hint\": \"h\"}\n";
    let verdict = &verdicts(module, &json!({}))[0];
    assert_eq!(verdict.subject.as_deref(), Some("stage.train"));
    assert_eq!(verdict.hint.as_deref(), Some("h"));
}

#[test]
fn exceptions_make_notes_as_in_conftest() {
    let module = "package main\nimport rego.v1\ndeny_a contains \"a\"\ndeny_b contains \"b\"\n\
                  exception contains rules if rules := [\"a\"]\n";
    let found = verdicts(module, &json!({}));
    let expected = [
        ("main.deny_a", Severity::Note, "a"),
        ("main.deny_b", Severity::Deny, "b"),
    ];
    assert_eq!(breaches(&found), expected);
}

#[test]
fn data_lies_beside() {
    let module = "package p\nimport rego.v1\ndeny contains m if { some m in data.acme.words }\n";
    let data = [
        ("a.json", "{\"acme\": {\"words\": [\"one\"]}}"),
        ("b.json", "{\"other\": 1}"),
    ];
    let modules = read(&[module], &data).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(
        breaches(&modules.judge(&json!({})).unwrap()),
        [("p.deny", Severity::Deny, "one")]
    );
    for wrong in ["[1]", "{", "{\"acme\": 1}"] {
        let told = read(&[module], &[data[0], ("b.json", wrong)])
            .err()
            .unwrap();
        assert!(
            told.starts_with("error[policy::rego]: policy in Rego can't be used\n"),
            "{told}"
        );
        assert!(
            told.contains("`b.json` can't be data of policies"),
            "{told}"
        );
    }
}

#[test]
fn mistakes_are_told_with_their_places() {
    let told = refused("package p\nimport rego.v1\n\ndeny contains m if {\n  m := = 3\n}\n");
    assert!(told.contains("--> policy/1.rego:5:"), "{told}");
    let told = refused("package p\n\ndeny[msg] {\n  msg := = 3\n}\n");
    assert!(told.contains("--> policy/1.rego:4:"), "{told}");
    let told = refused("package p\nimport rego.v1\ndeny contains m if m := 1 + input\n");
    insta::assert_snapshot!(told, @r#"
    error[policy::rego]: policy in Rego can't be used
      --> policy/1.rego:3:29
       |
     3 | deny contains m if m := 1 + input
       |                             ^

    `add` expects numeric argument. Got `{"x":3}` instead.
    "#);
}

#[test]
fn nothing_reaches_outside() {
    for call in [
        "http.send({\"method\": \"get\", \"url\": \"https://acme.test\"})",
        "opa.runtime()",
        "time.now_ns()",
        "uuid.rfc4122(\"x\")",
        "net.lookup_ip_addr(\"acme.test\")",
    ] {
        let told = refused(&format!(
            "package p\nimport rego.v1\ndeny contains m if m := {call}\n"
        ));
        assert!(told.contains("Could not find function"), "{call}: {told}");
    }
}

#[test]
fn recursion_is_refused_however_it_is_written() {
    let endless = [
        "f(x) := f(x + 1)",
        "f(x) := y if { y := g(x) }\ng(x) := y if { y := f(x) }",
        "f(x) := data.p.f(x)",
        "f(x) := data[\"p\"].f(x)",
        "f(x) := [y | y := f(x)]",
        "f(x) := count({y | some y in [1]; f(y)})",
        "f(x) := me.f(x)",
        "f(x) := y if { y := g(x) with data.p.g as f }\ng(x) := x",
    ];
    for functions in endless {
        let module = format!(
            "package p\nimport rego.v1\nimport data.p as me\n{functions}\ndeny contains m if m := f(1)\n"
        );
        let told = refused(&module);
        assert!(
            told.contains("calls itself, directly or by way of others"),
            "{functions}: {told}"
        );
    }
    let told =
        refused("package p\nimport rego.v1\ndeny contains m if q[m]\nq contains m if deny[m]\n");
    assert!(
        told.contains("--> policy/1.rego:") && told.contains("ecursion"),
        "{told}"
    );
    // Functions of one name in two packages aren't one function.
    let two = [
        "package a\nimport rego.v1\nf(x) := data.b.f(x)\ndeny contains m if m := f(1)\n",
        "package b\nimport rego.v1\nf(x) := x\n",
    ];
    let modules = read(&two, &[]).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(
        breaches(&modules.judge(&json!({})).unwrap()),
        [("a.deny", Severity::Deny, "1")]
    );
}

#[test]
fn what_takes_too_long_is_stopped() {
    let module = "package p\nimport rego.v1\ndeny contains m if {\n  some a in numbers.range(1, 3000)\n  \
                  some b in numbers.range(1, 3000)\n  some c in numbers.range(1, 3000)\n  a + b + c == 0\n  m := \"x\"\n}\n";
    let told = refused(module);
    assert!(told.contains("time limit"), "{told}");
}

#[test]
fn the_example_of_the_page_works_on_a_real_plan() {
    let page = include_str!("../../../docs/policies.md");
    let block = |language: &str| {
        let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let plan = render::plan::json(&planned(KEPT).plan);
    let gpu = plan["placement"]["train"]["gpu"]
        .as_str()
        .unwrap()
        .to_owned();
    let data = block("json").replace("H100-SXM5", &gpu);
    let modules =
        read(&[block("rego")], &[("data.json", &data)]).unwrap_or_else(|told| panic!("{told}"));
    let verdicts = modules.judge(&plan).unwrap();
    let message = format!("train would train on {gpu}");
    assert_eq!(
        breaches(&verdicts),
        [("acme.training.deny", Severity::Deny, message.as_str())]
    );
    assert_eq!(verdicts[0].subject.as_deref(), Some("stage.train"));
    let kept = verdicts
        .iter()
        .find(|verdict| verdict.rule == "acme.training.warn")
        .unwrap();
    assert_eq!(kept.status, Status::Kept);
}

#[test]
fn commands_ask_them_and_hostile_messages_are_inert() {
    let dir = tempfile::tempdir().unwrap();
    let policies = dir.path().join("policies");
    std::fs::create_dir_all(policies.join("deep")).unwrap();
    std::fs::write(dir.path().join("main.mlinfra.hcl"), KEPT).unwrap();
    let module = "package main\nimport rego.v1\ndeny contains \"\\u001b[31m\\u202e</x>\" if {\n  \
                  input.resource_changes[_].change.actions == [\"create\"]\n}\n";
    std::fs::write(policies.join("deep/a.rego"), module).unwrap();
    // Tests of policies say nothing of plans.
    std::fs::write(policies.join("a_test.rego"), "no rego at all").unwrap();
    let run = |arguments: &[&str]| mlinfra(arguments.iter().copied()).in_dir(dir.path()).run();
    let ran = run(&["plan", "--policy", "policies"]);
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    let told = "error[policy::denied]: a policy forbids this plan\n\nBy rule `main.deny`: \
                \\u{1b}[31m\\u{202e}</x>\n";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let ran = run(&[
        "apply",
        "--sandbox",
        "--auto-approve",
        "--policy",
        "policies",
    ]);
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    let ran = run(&[
        "diff",
        "main.mlinfra.hcl",
        "main.mlinfra.hcl",
        "--policy",
        "policies",
    ]);
    assert_eq!(ran.code, 14, "{}", ran.stderr);

    std::fs::write(
        policies.join("deep/a.rego"),
        "package p\nimport rego.v1\ndeny contains m if m := 1 + input\n",
    )
    .unwrap();
    for command in [&["plan"][..], &["apply", "--sandbox", "--auto-approve"]] {
        let ran = run(&[command, &["--policy", "policies"]].concat());
        assert_eq!(ran.code, 10, "{}", ran.stderr);
        assert!(
            ran.stderr.starts_with("error[policy::rego]"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("policies/deep/a.rego:3:"),
            "{}",
            ran.stderr
        );
    }
}
