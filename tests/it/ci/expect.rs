//! `apply --expect-plan`: the plan that was reviewed, or none.

use serde_json::Value;

use super::root;
use crate::cli::mlinfra;

#[test]
fn only_the_plan_with_the_expected_digest_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("main.mlinfra.hcl");
    std::fs::copy(root().join("examples/minimal/main.mlinfra.hcl"), &spec).unwrap();
    let planned = mlinfra(["plan", "--json"]).in_dir(folder.path()).run();
    let plan: Value = serde_json::from_str(&planned.stdout).unwrap();
    let digest = plan["plan_sha256"].as_str().unwrap();
    let apply = |expected: &str| {
        let arguments = [
            "apply",
            "--sandbox",
            "--auto-approve",
            "--expect-plan",
            expected,
        ];
        mlinfra(arguments).in_dir(folder.path()).run()
    };
    let other = "0".repeat(64);
    let refused = apply(&format!("sha256:{other}"));
    assert_eq!(refused.code, 13);
    let text = format!(
        "error[apply::other-plan]: plan isn't the one that was reviewed\n\nWhat would be applied is \
         sha256:{digest}"
    );
    assert!(refused.stderr.starts_with(&text), "{}", refused.stderr);
    assert!(
        !folder.path().join(".mlinfra").exists(),
        "nothing was begun"
    );
    assert_eq!(apply("sha256:5f").code, 10);
    let done = apply(&format!("sha256:{digest}"));
    assert_eq!(done.code, 0, "{}", done.stderr);
}

#[test]
fn a_saved_plan_is_held_against_the_digest_too() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("main.mlinfra.hcl");
    std::fs::copy(root().join("examples/minimal/main.mlinfra.hcl"), &spec).unwrap();
    let run = |arguments: &[&str]| mlinfra(arguments).in_dir(folder.path()).run();
    let saved = run(&["plan", "--sandbox", "-o", "plan.json"]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    let planned = run(&["plan", "--json"]);
    let plan: Value = serde_json::from_str(&planned.stdout).unwrap();
    let digest = plan["plan_sha256"].as_str().unwrap();
    let apply = ["apply", "--auto-approve", "--expect-plan"];
    let with = |digest: &str| run(&[&apply[..], &[digest, "plan.json"]].concat());
    assert_eq!(with(&"0".repeat(64)).code, 13);
    let done = with(digest);
    assert_eq!(done.code, 0, "{}", done.stderr);
}
