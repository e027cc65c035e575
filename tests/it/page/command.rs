//! `--html` of the program.

use super::{plan_page, written};
use crate::cli::mlinfra;

#[test]
fn equal_plans_are_equal_pages() {
    assert_eq!(plan_page("minimal"), plan_page("minimal"));
}

#[test]
fn a_page_is_written_beside_what_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.html");
    let path = file.to_str().unwrap();
    let with = mlinfra(["plan", "examples/minimal", "--html", path]).run();
    let without = mlinfra(["plan", "examples/minimal"]).run();
    assert_eq!(with.stdout, without.stdout);
    assert_eq!(with.stderr, format!("Wrote the page to {path}.\n"));
    assert!(file.is_file());
}

#[test]
fn a_plan_that_a_budget_refuses_has_a_page_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/minimal/main.mlinfra.hcl"
    );
    let budget = "\nbudget \"tiny\" {\n  limit     = 1\n  on_exceed = \"deny\"\n}\n";
    let spec = std::fs::read_to_string(example).unwrap() + budget;
    std::fs::write(folder.path().join("main.mlinfra.hcl"), spec).unwrap();
    let file = folder.path().join("page.html");
    let [spec, path] = [folder.path(), &file].map(|path| path.to_str().unwrap());
    let ran = mlinfra(["plan", spec, "--html", path]).run();
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    let page = std::fs::read_to_string(file).unwrap();
    assert!(page.contains("\u{2717} exceeded: this plan is refused"));
}

#[test]
fn what_policies_say_is_on_the_page_and_what_they_deny_is_at_its_top() {
    let folder = tempfile::tempdir().unwrap();
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/minimal/main.mlinfra.hcl"
    );
    let spec = std::fs::read_to_string(example).unwrap();
    let file = folder.path().join("page.html");
    let [at, path] = [folder.path(), &file].map(|path| path.to_str().unwrap());
    let page_of = |spec: &str, code: i32| {
        std::fs::write(folder.path().join("main.mlinfra.hcl"), spec).unwrap();
        let ran = mlinfra(["plan", at, "--html", path]).run();
        assert_eq!(ran.code, code, "{}", ran.stderr);
        std::fs::read_to_string(&file).unwrap()
    };
    let page = page_of(&spec, 0);
    assert!(page.contains("What policies say of the plan<"));
    assert!(!page.contains("refused by a budget or a policy"));
    let strict = "\npolicy \"no-owner\" {\n  severity = \"deny\"\n}\n";
    let page = page_of(&(spec + strict), 14);
    assert!(page.contains("refused by a budget or a policy"));
    assert!(page.contains("\u{2717} denied"));
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let ran = mlinfra([
        "plan",
        "examples/minimal",
        "--html",
        "no/such/folder/page.html",
    ])
    .run();
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.starts_with("error[cli::cannot-write]"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("no/such/folder/page.html"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_page_of_a_change_tells_what_each_stage_costs_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    super::changed_recommender(folder.path());
    let new = folder.path().to_str().unwrap();
    let page = written(&["diff", "examples/recommender", new]);
    for said in [
        "+656.08",
        "<span class=\"more status\">+ new</span>",
        "<span class=\"more status\">~ changed</span>",
        "<del>2 × dc1/a30 (4 × A30) in onprem/dc1</del>",
        "the spec changed: stage.report",
        "stage.prepare",
    ] {
        assert!(page.contains(said), "{said}");
    }
}
