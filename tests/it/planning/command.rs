//! `mlinfra plan` as a command: files, exit codes, streams.

use crate::cli::mlinfra;

#[test]
fn changes_are_two_only_for_those_who_ask() {
    assert_eq!(mlinfra(["plan", "examples/minimal"]).run().code, 0);
    let asked = mlinfra(["plan", "examples/minimal", "-detailed-exitcode"]).run();
    assert_eq!(asked.code, 2);
    let broken = mlinfra([
        "plan",
        "examples/cloud-only/a2-nowhere",
        "-detailed-exitcode",
    ])
    .run();
    assert_eq!((broken.code, broken.stdout.as_str()), (19, ""));
}

#[test]
fn two_plan_files_of_one_spec_are_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = dir.path().join(name);
        let ran = mlinfra(["plan", "examples/recommender", "-o", path.to_str().unwrap()]).run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(
            ran.stderr.starts_with("Wrote the plan to "),
            "{}",
            ran.stderr
        );
        std::fs::read_to_string(path).unwrap()
    };
    let first = write("a.json");
    assert_eq!(first, write("b.json"));
    assert_eq!(
        first,
        mlinfra(["plan", "examples/recommender", "--json"])
            .run()
            .stdout
    );
}

#[test]
fn a_refused_plan_is_shown_but_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let spec = std::fs::read_to_string("examples/minimal/main.mlinfra.hcl").unwrap();
    let budget = "budget \"b\" {\n  limit     = 1\n  on_exceed = \"deny\"\n}\n";
    std::fs::write(
        dir.path().join("main.mlinfra.hcl"),
        format!("{spec}{budget}"),
    )
    .unwrap();
    let plan = || mlinfra(["plan", "-o", "plan.json"]).in_dir(dir.path());
    let ran = plan().run();
    assert_eq!(ran.code, 14);
    assert!(ran.stdout.contains("Plan for minimal"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("planning::budget-exceeded"),
        "{}",
        ran.stderr
    );
    assert!(!dir.path().join("plan.json").exists());
    let ran = mlinfra(["plan", "--json"]).in_dir(dir.path()).run();
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ran.code, 14);
    assert_eq!(
        document["diagnostics"][0]["code"],
        "planning::budget-exceeded"
    );
}

#[test]
fn a_plan_file_that_cannot_be_written_is_an_error() {
    let ran = mlinfra(["plan", "examples/minimal", "-o", "no/such/folder/plan.json"]).run();
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("error[cli::cannot-write]"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_lock_file_of_other_catalogs_stops_the_plan() {
    let dir = tempfile::tempdir().unwrap();
    let spec = "examples/minimal/main.mlinfra.hcl";
    std::fs::copy(spec, dir.path().join("main.mlinfra.hcl")).unwrap();
    assert_eq!(
        mlinfra(["catalog", "lock"]).in_dir(dir.path()).run().code,
        0
    );
    assert_eq!(mlinfra(["plan"]).in_dir(dir.path()).run().code, 0);
    let lock = dir.path().join(".mlinfra.lock.hcl");
    let text = std::fs::read_to_string(&lock).unwrap();
    let digest = text.split('"').find(|part| part.len() == 64).unwrap();
    std::fs::write(&lock, text.replace(digest, &"0".repeat(64))).unwrap();
    let ran = mlinfra(["plan"]).in_dir(dir.path()).run();
    assert_ne!(ran.code, 0);
    assert!(
        ran.stderr.contains("catalog::lock-mismatch"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("mlinfra catalog lock"),
        "{}",
        ran.stderr
    );
}

#[test]
fn markdown_is_a_table_with_details() {
    let ran = mlinfra(["plan", "examples/recommender", "--markdown"]).run();
    assert!(
        ran.stdout.starts_with("### recommender: about USD "),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stdout.matches("<details>").count(), 3);
    assert_eq!(ran.stdout.matches("</details>").count(), 3);
}

#[test]
fn the_table_fits_eighty_columns() {
    for example in [
        "examples/minimal",
        "examples/recommender",
        "examples/cloud-only",
        "examples/data-gravity",
        "examples/spot-or-not",
        "examples/committed",
    ] {
        for line in mlinfra(["plan", example]).run().stdout.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn validate_looks_names_up_as_plan_does() {
    let dir = tempfile::tempdir().unwrap();
    let spec = "project \"p\" {}\nprovider \"aws\" {\n  regions = [\"us-est-1\"]\n}\n";
    std::fs::write(dir.path().join("main.mlinfra.hcl"), spec).unwrap();
    let ran = mlinfra(["validate"]).in_dir(dir.path()).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (10, ""));
    assert!(
        ran.stderr.contains("error[planning::unknown-location]"),
        "{}",
        ran.stderr
    );
    let ran = mlinfra(["validate", "--json"]).in_dir(dir.path()).run();
    let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ran.code, 10);
    assert_eq!(document["valid"], false);
    assert_eq!(
        document["diagnostics"][0]["code"],
        "planning::unknown-location"
    );
}

#[test]
fn an_estimated_total_is_marked_in_markdown_as_in_the_table() {
    let ran = mlinfra(["plan", "examples/recommender", "--markdown"]).run();
    assert!(
        ran.stdout.contains("| **Total** | | | | **1,845.12** ≈ |"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("| 302,628 offerings that … | left |"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_budget_of_nothing_has_no_share() {
    let dir = tempfile::tempdir().unwrap();
    let spec = std::fs::read_to_string("examples/minimal/main.mlinfra.hcl").unwrap()
        + "\nbudget \"none\" {\n  limit     = 0\n  on_exceed = \"warn\"\n}\n";
    std::fs::write(dir.path().join("main.mlinfra.hcl"), spec).unwrap();
    let ran = mlinfra(["plan", dir.path().to_str().unwrap()]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains(" of 0.00, exceeded (allowed)"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_lock_file_as_large_as_none_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let spec = "examples/minimal/main.mlinfra.hcl";
    std::fs::copy(spec, dir.path().join("main.mlinfra.hcl")).unwrap();
    let blocks = "catalog \"c\" {\n}\n".repeat(100_000);
    std::fs::write(dir.path().join(".mlinfra.lock.hcl"), blocks).unwrap();
    let ran = mlinfra(["plan", dir.path().to_str().unwrap()]).run();
    assert_eq!(ran.code, 10);
    let code = "error[catalog::lock-malformed]";
    assert!(ran.stderr.starts_with(code), "{}", ran.stderr);
}

#[test]
fn the_fastest_plan_of_stages_that_may_share_is_not_the_cheapest() {
    let pass = |arguments: &[&str]| {
        let ran = mlinfra(
            ["plan", "examples/pooled", "--json"]
                .iter()
                .chain(arguments),
        )
        .run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let plan: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        plan["pass"].as_str().unwrap().to_owned()
    };
    let (cheapest, fastest) = (pass(&[]), pass(&["--objective", "time"]));
    assert_eq!(
        (cheapest.as_str(), fastest.as_str()),
        ("11h", "6h11m35s396ms")
    );
}

#[test]
fn the_front_of_stages_that_may_share_begins_with_the_plan_itself() {
    let cost = |arguments: &[&str], at: &str| {
        let ran = mlinfra(
            ["plan", "examples/pooled", "--json"]
                .iter()
                .chain(arguments),
        )
        .run();
        let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        found.pointer(at).unwrap().clone()
    };
    assert_eq!(
        cost(&["--pareto"], "/pareto/0/cost"),
        cost(&[], "/costs/total")
    );
}

#[test]
fn a_deadline_of_the_command_line_is_mended_there() {
    let ran = mlinfra(["plan", "examples/recommender", "--deadline", "1h"]).run();
    assert_eq!(ran.code, 19);
    assert!(
        ran.stderr.contains("hint: set `--deadline` to 17h6m: "),
        "{}",
        ran.stderr
    );
}
