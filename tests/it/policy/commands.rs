//! What `plan` and `apply` make of verdicts: exit codes, what is printed, what is written.

use std::path::Path;

use serde_json::Value;

use super::{KEPT, with};
use crate::cli::{Finished, Program, mlinfra};

/// 2026-11-21, in seconds.
const TODAY: &str = "1795219200";

/// A folder with a spec and a policy file.
fn folder(spec: &str, policy: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.mlinfra.hcl"), spec).unwrap();
    std::fs::write(folder.path().join("acme.policy.hcl"), policy).unwrap();
    folder
}

fn program(arguments: &[&str], dir: &Path) -> Program {
    mlinfra(arguments.iter().copied())
        .in_dir(dir)
        .env("SOURCE_DATE_EPOCH", TODAY)
}

fn run(arguments: &[&str], dir: &Path) -> Finished {
    program(arguments, dir).run()
}

const DENIES: &str = "policy \"gpu-without-lifetime\" { severity = \"deny\" }\n";

fn endless() -> String {
    with("max_lifetime = \"12h\"", "")
}

#[test]
fn a_denied_plan_is_shown_and_not_written_and_the_exit_code_is_14() {
    let dir = folder(&endless(), DENIES);
    let ran = run(
        &["plan", "--policy", "acme.policy.hcl", "-o", "plan.json"],
        dir.path(),
    );
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("Plan for trial (team ranking): "),
        "{}",
        ran.stdout
    );
    insta::assert_snapshot!(ran.stderr, @r#"
    error[policy::denied]: a policy forbids this plan
      --> main.mlinfra.hcl:8:1
       |
     8 | stage "train" {
       | ^^^^^^^^^^^^^ rule `gpu-without-lifetime`

    Stage `train` has GPUs in `dev` and no `max_lifetime`, so nothing ends them but people.

    hint: give the stage a `max_lifetime`, e.g. "12h"
    "#);
    assert!(!dir.path().join("plan.json").exists());
}

#[test]
fn for_programs_a_denied_plan_is_one_document_of_errors() {
    let dir = folder(&endless(), DENIES);
    let ran = run(&["plan", "--policy", ".", "--json"], dir.path());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &document["error_count"]), (14, &1.into()));
    assert_eq!(document["diagnostics"][0]["code"], "policy::denied");
    assert_eq!(ran.stderr, "");
}

#[test]
fn warnings_are_shown_and_the_exit_code_is_that_of_the_plan() {
    let dir = folder(&endless(), DENIES);
    let ran = run(&["plan"], dir.path());
    assert_eq!(ran.code, 0);
    assert!(
        ran.stderr
            .starts_with("warning[policy::broken]: a policy isn't kept\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_environment_names_policies_that_arguments_cannot_take_away() {
    let dir = folder(&endless(), DENIES);
    let mild = dir.path().join("mild.policy.hcl");
    std::fs::write(&mild, "policy \"no-owner\" { severity = \"off\" }\n").unwrap();
    let ran = program(&["plan", "--policy", "mild.policy.hcl"], dir.path());
    let ran = ran.env("MLINFRA_POLICY", "acme.policy.hcl").run();
    assert_eq!(ran.code, 14, "{}", ran.stderr);
}

const WAIVER: &str = "waiver \"gpu-without-lifetime\" {\n  reason = \"a \\u001b[31mtrial\\u202e\"\n  \
                      until  = \"2026-12-31\"\n}\n";

#[test]
fn what_was_waived_is_shown_inert_and_is_in_the_json() {
    let dir = folder(&format!("{WAIVER}{}", endless()), DENIES);
    let ran = run(&["plan"], dir.path());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let (_, policies) = ran.stdout.split_once("\npolicies\n").unwrap();
    assert_eq!(
        policies,
        "  waived      gpu-without-lifetime for stage.train until 2026-12-31: a\n              \
         \\u{1b}[31mtrial\\u{202e}\n"
    );
    let ran = run(&["plan", "--json"], dir.path());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["policies"]["as_of"], "2026-11-21");
    assert_eq!(document["policies"]["sha256"], Value::Null);
    let verdicts = document["policies"]["verdicts"].as_array().unwrap();
    let waived = verdicts
        .iter()
        .find(|v| v["rule"] == "gpu-without-lifetime")
        .unwrap();
    assert_eq!(waived["status"]["is"], "waived");
    assert_eq!(waived["status"]["until"], "2026-12-31");
}

#[test]
fn in_markdown_reviewers_see_notes_too_and_all_of_it_escaped() {
    let policy = "policy \"unpriced-items\" { severity = \"deny\" }\n";
    let spec = endless().replace("team   = \"ranking\"", "");
    let waiver = WAIVER.replace("a \\u001b[31mtrial\\u202e", "ask @all </details> `x`");
    let dir = folder(&format!("{waiver}{spec}"), policy);
    let ran = run(
        &["plan", "--markdown", "--policy", "acme.policy.hcl"],
        dir.path(),
    );
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    let (_, policies) = ran.stdout.split_once("\n#### Policies\n\n").unwrap();
    let signs: Vec<&str> = policies
        .lines()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    let waived = "- ⏳ gpu-without-lifetime";
    assert_eq!(signs[..2], [waived, "- ❌ unpriced-items"]);
    assert!(signs.contains(&"- ℹ️ no-owner"), "{policies}");
    assert!(
        !policies.contains("@all") && !policies.contains("</details>"),
        "{policies}"
    );
}

#[test]
fn the_digest_of_a_plan_is_the_same_whatever_policies_say() {
    let dir = folder(KEPT, DENIES);
    let digest = |arguments: &[&str]| {
        let ran = run(arguments, dir.path());
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        document["plan_sha256"].clone()
    };
    let first = digest(&["plan", "--json"]);
    assert!(first.is_string());
    assert_eq!(
        first,
        digest(&["plan", "--json", "--policy", "acme.policy.hcl"])
    );
}

#[test]
fn apply_of_a_denied_spec_does_nothing() {
    let dir = folder(&endless(), DENIES);
    let ran = run(
        &[
            "apply",
            "--sandbox",
            "--auto-approve",
            "--policy",
            "acme.policy.hcl",
        ],
        dir.path(),
    );
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("error[policy::denied]"),
        "{}",
        ran.stderr
    );
    let listed = run(&["state", "list", "--sandbox"], dir.path());
    assert!(!listed.stdout.contains("pool.train"), "{}", listed.stdout);
    let allowed = run(&["apply", "--sandbox", "--auto-approve"], dir.path());
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
}

#[test]
fn a_saved_plan_is_applied_as_it_was_judged() {
    let spec = format!("{WAIVER}{}", endless());
    let lenient =
        "policy \"gpu-without-lifetime\" {\n  severity = \"deny\"\n  waivable = true\n}\n";
    let dir = folder(&spec, lenient);
    let saved = run(
        &[
            "plan",
            "--sandbox",
            "--policy",
            "acme.policy.hcl",
            "-o",
            "plan.json",
        ],
        dir.path(),
    );
    assert_eq!(saved.code, 0, "{}", saved.stderr);

    // After its last day.
    let apply = ["apply", "--auto-approve", "plan.json"];
    let late = mlinfra(apply)
        .in_dir(dir.path())
        .env("SOURCE_DATE_EPOCH", "1798761600")
        .run();
    assert_eq!(late.code, 14, "{}", late.stderr);
    assert!(
        late.stderr.contains("counted until 2026-12-31"),
        "{}",
        late.stderr
    );

    // By other files, which are asked now.
    std::fs::write(dir.path().join("other.policy.hcl"), DENIES).unwrap();
    let other = [
        "apply",
        "--auto-approve",
        "--policy",
        "other.policy.hcl",
        "plan.json",
    ];
    let other = run(&other, dir.path());
    assert_eq!(other.code, 14, "{}", other.stderr);
    assert!(
        other.stderr.contains("error[policy::denied]"),
        "{}",
        other.stderr
    );
    assert!(
        other.stderr.contains("--> main.mlinfra.hcl:"),
        "{}",
        other.stderr
    );

    // With what was judged taken out, which the digest doesn't cover.
    let file = dir.path().join("plan.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut stripped: Value = serde_json::from_str(&text).unwrap();
    stripped
        .as_object_mut()
        .unwrap()
        .remove("policies")
        .unwrap();
    std::fs::write(&file, stripped.to_string()).unwrap();
    let expired = mlinfra([
        "apply",
        "--auto-approve",
        "--policy",
        "acme.policy.hcl",
        "plan.json",
    ])
    .in_dir(dir.path())
    .env("SOURCE_DATE_EPOCH", "1798761600")
    .run();
    assert_eq!(expired.code, 14, "{}", expired.stderr);
    std::fs::write(&file, text).unwrap();

    let same = [
        "apply",
        "--auto-approve",
        "--policy",
        "acme.policy.hcl",
        "plan.json",
    ];
    let same = run(&same, dir.path());
    assert_eq!(same.code, 0, "{}", same.stderr);
}

#[test]
fn a_path_without_policies_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.mlinfra.hcl"), KEPT).unwrap();
    let ran = run(&["plan", "--policy", "."], dir.path());
    assert_eq!(ran.code, 10);
    assert!(
        ran.stderr
            .starts_with("error[policy::no-files]: no policy files\n"),
        "{}",
        ran.stderr
    );
    let ran = run(&["plan", "--policy", "nowhere"], dir.path());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("error[cli::cannot-read]"),
        "{}",
        ran.stderr
    );
}

#[test]
fn mistakes_in_policy_files_are_all_told_with_their_places() {
    let files = "policy \"gpu-without-lifetme\" {}\npolicy \"no-owner\" { max_age = \"3d\" }\n\
                 policy \"stale-catalog\" { severity = \"fatal\" }\nstage \"x\" {}\nx = 1\n\
                 budget \"b\" { limt = 3 }\n";
    let dir = folder(KEPT, files);
    let ran = run(&["plan", "--policy", "acme.policy.hcl"], dir.path());
    assert_eq!((ran.code, ran.stdout.as_str()), (10, ""));
    insta::assert_snapshot!(ran.stderr, @r#"
    error[spec::invalid-choice]: not one of the allowed values
      --> acme.policy.hcl:1:8
       |
     1 | policy "gpu-without-lifetme" {}
       |        ^^^^^^^^^^^^^^^^^^^^^ `policy` has no `gpu-without-lifetme`

    hint: did you mean `gpu-without-lifetime`? There are `gpu-without-lifetime`,
    `spot-without-checkpoint`, `cross-region-data`, `public-exposure`, `unpriced-items`,
    `idle-replicas`, `stale-catalog` and `no-owner`.

    error[spec::unsupported-argument]: unsupported argument
      --> acme.policy.hcl:2:21
       |
     2 | policy "no-owner" { max_age = "3d" }
       |                     ^^^^^^^ rule `no-owner` has no such argument

    hint: the arguments here are `severity`.

    error[spec::invalid-choice]: not one of the allowed values
      --> acme.policy.hcl:3:37
       |
     3 | policy "stale-catalog" { severity = "fatal" }
       |                                     ^^^^^^^

    `fatal` isn't known here.

    hint: possible are `off`, `note`, `warn` and `deny`.

    error[spec::unsupported-block]: unsupported block
      --> acme.policy.hcl:4:1
       |
     4 | stage "x" {}
       | ^^^^^ policy files have no block type `stage`

    hint: the blocks here are `policy`, `budget` and `quota`.

    error[spec::unsupported-argument]: unsupported argument
      --> acme.policy.hcl:5:1
       |
     5 | x = 1
       | ^ a policy file has no arguments outside of blocks

    error[spec::unsupported-argument]: unsupported argument
      --> acme.policy.hcl:6:14
       |
     6 | budget "b" { limt = 3 }
       |              ^^^^ block `budget` has no such argument

    hint: did you mean `limit`? The arguments here are `team`, `owner`, `project`, `stage`, `limit`,
    `warn_at` and `on_exceed`.

    6 errors
    "#);
}

#[test]
#[cfg(not(feature = "rego"))]
fn without_rego_its_policies_are_refused_and_not_left_out() {
    let dir = folder(KEPT, DENIES);
    std::fs::write(dir.path().join("a.rego"), "package main\n").unwrap();
    let ran = run(&["plan", "--policy", "."], dir.path());
    assert_eq!(ran.code, 10);
    assert!(
        ran.stderr
            .starts_with("error[policy::no-rego]: this program has no Rego\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn diff_holds_the_newer_specs_together_against_the_limits_of_the_organisation() {
    let limits = "budget \"ranking\" {\n  team = \"ranking\"\n  limit = 1\n}\n";
    let dir = folder(KEPT, limits);
    std::fs::create_dir(dir.path().join("newer")).unwrap();
    std::fs::write(dir.path().join("newer/main.mlinfra.hcl"), KEPT).unwrap();
    let arguments = [
        "diff",
        "main.mlinfra.hcl",
        "newer",
        "--policy",
        "acme.policy.hcl",
        "--json",
    ];
    let ran = run(&arguments, dir.path());
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    let review: Value = serde_json::from_str(&ran.stdout).unwrap();
    let verdicts = review["specs"][0]["verdicts"].as_array().unwrap();
    let budget = verdicts
        .iter()
        .find(|verdict| verdict["rule"] == "budget")
        .unwrap();
    assert_eq!(budget["status"]["is"], "broken");
    assert!(
        ran.stderr.contains("By rule `budget`: The spec takes USD "),
        "{}",
        ran.stderr
    );
    let ran = run(&arguments[..3], dir.path());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}
