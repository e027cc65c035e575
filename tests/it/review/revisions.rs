//! `mlinfra diff --base`: both sides from a git repository.

use serde_json::Value;

use super::repository::{Repository, SPEC, diff_in, git_in};
use crate::cli::Finished;

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap_or_else(|e| panic!("{e}: {finished:?}"))
}

/// A repository whose spec is committed on `main`, with a branch `change` checked out.
fn changed() -> Option<Repository> {
    let repository = Repository::new()?;
    repository.write("reports/main.mlinfra.hcl", SPEC);
    repository.commit("spec");
    repository.git(&["checkout", "-q", "-b", "change"]);
    repository.write("reports/main.mlinfra.hcl", &SPEC.replace("10GiB", "20GiB"));
    Some(repository)
}

#[test]
fn the_working_tree_is_held_against_where_the_branch_forked() {
    let Some(repository) = changed() else { return };
    // What happens on `main` after the fork is no part of the change.
    repository.git(&["stash", "-q"]);
    repository.git(&["checkout", "-q", "main"]);
    repository.write(
        "reports/main.mlinfra.hcl",
        &SPEC.replace("100GiB", "900GiB"),
    );
    repository.commit("later");
    repository.git(&["checkout", "-q", "change"]);
    repository.git(&["stash", "pop", "-q"]);
    let review = json(&repository.diff(&["--base", "main", "--json"]).run());
    let spec = &review["specs"][0];
    assert_eq!(spec["spec"], "reports");
    assert_eq!(spec["base"]["label"], "main");
    assert_eq!(spec["head"]["label"], "working tree");
    let changes = spec["spec_changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["path"], "outputs.table.size");
    let exact = json(
        &repository
            .diff(&["--base", "main", "--exact", "--json"])
            .run(),
    );
    let changes = exact["specs"][0]["spec_changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{changes:?}");
}

#[test]
fn two_revisions_are_compared_without_the_working_tree() {
    let Some(repository) = changed() else { return };
    let commit = repository.commit("change");
    repository.write("reports/main.mlinfra.hcl", "broken {");
    let ran = repository
        .diff(&["--base", "main", "--head", "change", "--json"])
        .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let spec = &json(&ran)["specs"][0];
    assert_eq!(spec["head"]["commit"], commit);
    assert_eq!(spec["difference"]["spec"]["storage"], "0.24696");
}

#[test]
fn the_working_tree_and_the_index_stay_as_they_are() {
    let Some(repository) = changed() else { return };
    repository.git(&["add", "-A"]);
    repository.write("reports/main.mlinfra.hcl", SPEC);
    let index = || std::fs::read(repository.path().join(".git/index")).unwrap();
    // git itself writes the index when it is asked for the status.
    let status = repository.git(&["status", "--porcelain"]);
    let before = index();
    let ran = repository.diff(&["--base", "main"]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(index(), before);
    assert_eq!(repository.git(&["status", "--porcelain"]), status);
}

#[test]
fn specs_that_are_on_one_side_only_are_new_or_gone() {
    let Some(repository) = changed() else { return };
    repository.write("new/main.mlinfra.hcl", &SPEC.replace("reports", "new"));
    std::fs::remove_file(repository.path().join("reports/main.mlinfra.hcl")).unwrap();
    let review = json(&repository.diff(&["--base", "main", "--json"]).run());
    let specs = review["specs"].as_array().unwrap();
    let sides: Vec<[&Value; 3]> = specs
        .iter()
        .map(|s| {
            [
                &s["spec"],
                &s["base"]["made"]["status"],
                &s["head"]["made"]["status"],
            ]
        })
        .collect();
    assert_eq!(
        sides,
        [
            ["new", "absent", "planned"],
            ["reports", "planned", "absent"]
        ]
    );
    let total = |spec: &Value| {
        spec["difference"]["spec"]["total"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(format!("-{}", total(&specs[0])), total(&specs[1]));
}

#[test]
fn a_broken_base_does_not_stop_the_review_and_a_broken_head_decides_the_exit_code() {
    let Some(repository) = changed() else { return };
    repository.write("other/main.mlinfra.hcl", SPEC);
    repository.write(
        "reports/main.mlinfra.hcl",
        "stage \"report\" {\n  kin = 1\n}\n",
    );
    let broken = repository.commit("broken");
    let ran = repository.diff(&["--base", "main"]).run();
    assert_eq!(ran.code, 10, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("reports/main.mlinfra.hcl:2:3"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("other"), "{}", ran.stdout);
    repository.write("reports/main.mlinfra.hcl", SPEC);
    let ran = repository.diff(&["--base", &broken, "--json"]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let place = format!("{}:reports/main.mlinfra.hcl:2:3", &broken[..12]);
    assert!(ran.stderr.contains(&place), "{}", ran.stderr);
    let review = json(&ran);
    let base = &review["specs"][1]["base"]["made"];
    assert_eq!(base["status"], "refused");
    let why = base["why"].as_array().unwrap();
    assert!(
        why.contains(&"spec::unsupported-argument: unsupported argument".into()),
        "{why:?}"
    );
    assert_eq!(review["specs"][1]["difference"], Value::Null);
}

#[test]
fn a_denied_budget_is_shown_and_the_exit_code_says_so() {
    let Some(repository) = changed() else { return };
    let budget = "\nbudget \"month\" {\n  limit = 1\n}\n";
    repository.write("reports/main.mlinfra.hcl", &format!("{SPEC}{budget}"));
    let ran = repository.diff(&["--base", "main"]).run();
    assert_eq!(ran.code, 14, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("exceeded: this plan is refused"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.contains("planning::budget-exceeded"),
        "{}",
        ran.stderr
    );
}

#[test]
fn without_a_base_the_default_branch_of_origin_is_taken() {
    let Some(repository) = changed() else { return };
    repository.commit("change");
    repository.git(&["checkout", "-q", "main"]);
    let clones = tempfile::tempdir().unwrap();
    let origin = repository.path();
    git_in(
        clones.path(),
        &["clone", "-q", origin.to_str().unwrap(), "clone"],
    );
    let clone = clones.path().join("clone");
    git_in(&clone, &["checkout", "-q", "change"]);
    let review = json(&diff_in(&clone, &["--json"]).run());
    assert_eq!(review["specs"][0]["base"]["label"], "origin/main");
    git_in(
        &clone,
        &["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"],
    );
    let ran = diff_in(&clone, &[]).run();
    assert_eq!(ran.code, 10);
    assert!(ran.stderr.contains("diff::no-base"), "{}", ran.stderr);
}

#[test]
fn a_shallow_clone_without_the_common_ancestor_says_what_to_fetch() {
    let Some(repository) = changed() else { return };
    repository.commit("change");
    let clones = tempfile::tempdir().unwrap();
    let origin = format!("file://{}", repository.path().display());
    git_in(
        clones.path(),
        &[
            "clone",
            "-q",
            "--depth",
            "1",
            "--no-single-branch",
            &origin,
            "clone",
        ],
    );
    let clone = clones.path().join("clone");
    let ran = diff_in(&clone, &["--base", "origin/main"]).run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("diff::no-common-ancestor"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("fetch-depth: 0"), "{}", ran.stderr);
    let exact = diff_in(&clone, &["--base", "origin/main", "--exact"]).run();
    assert_eq!(exact.code, 0, "{}", exact.stderr);
    let unknown = diff_in(&clone, &["--base", "main"]).run();
    assert!(
        unknown.stderr.contains("did you mean `origin/main`?"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn hostile_names_of_revisions_are_unknown_and_never_options() {
    let Some(repository) = changed() else { return };
    for name in [
        "--help",
        "--output=x",
        "-",
        "",
        "a b",
        "main\n",
        "@{",
        "HEAD:reports",
    ] {
        let ran = repository.diff(&["--base", name]).run();
        assert_eq!(ran.code, 10, "{name:?}: {}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stderr.contains("diff::unknown-revision"),
            "{name:?}: {}",
            ran.stderr
        );
    }
    assert!(!repository.path().join("x").exists());
}

#[test]
fn variables_of_git_that_name_another_repository_are_not_heeded() {
    let Some(repository) = changed() else { return };
    let elsewhere = Repository::new().unwrap();
    elsewhere.commit("empty");
    let dir = elsewhere.path().join(".git");
    let dir = dir.to_str().unwrap();
    let plain = repository.diff(&["--base", "main"]).run();
    let misled = repository
        .diff(&["--base", "main"])
        .env("GIT_DIR", dir)
        .env("GIT_WORK_TREE", "/")
        .env("GIT_INDEX_FILE", "nowhere")
        .run();
    assert_eq!(
        (misled.code, &misled.stdout),
        (0, &plain.stdout),
        "{}",
        misled.stderr
    );
}

#[test]
fn odd_names_of_folders_are_compared_like_others() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let odd = ["-x", "a b", "ä\u{301}", "*", "q\"uo'te", "tab\there"];
    for name in odd {
        repository.write(&format!("{name}/main.mlinfra.hcl"), SPEC);
    }
    repository.commit("specs");
    for name in odd {
        repository.write(
            &format!("{name}/main.mlinfra.hcl"),
            &SPEC.replace("10GiB", "20GiB"),
        );
    }
    let ran = repository.diff(&["--base", "HEAD", "--json"]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let review = json(&ran);
    let specs = review["specs"].as_array().unwrap();
    assert_eq!(specs.len(), odd.len());
    for spec in specs {
        assert_eq!(spec["difference"]["spec"]["storage"], "0.24696", "{spec}");
    }
    // A pattern is a name like others.
    let one = json(&repository.diff(&["*", "--base", "HEAD", "--json"]).run());
    assert_eq!(one["specs"].as_array().unwrap().len(), 1);
}

#[test]
fn links_pointers_and_large_files_of_a_revision_are_refused_by_name() {
    let Some(repository) = Repository::new() else {
        return;
    };
    repository.write("link/real.txt", SPEC);
    std::os::unix::fs::symlink("real.txt", repository.path().join("link/main.mlinfra.hcl"))
        .unwrap();
    repository.write(
        "lfs/main.mlinfra.hcl",
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    );
    repository.write("large/main.mlinfra.hcl", &"# a\n".repeat(300_000));
    repository.commit("all");
    let ran = repository
        .diff(&["--base", "HEAD", "--head", "HEAD", "--json"])
        .run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    for word in ["symbolic link", "Git LFS", "more than 1048576 bytes"] {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
    for spec in json(&ran)["specs"].as_array().unwrap() {
        let why = &spec["base"]["made"]["why"][0];
        assert_eq!(
            why,
            "diff::not-usable: file of a revision that can't be used"
        );
    }
}

#[test]
fn each_side_reads_its_own_files_and_variables() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let spec = SPEC
        .replace(
            "size = \"10GiB\"",
            "size = \"${trimspace(file(\"size.txt\"))}GiB\"",
        )
        .replace("runs_per_month = 30", "runs_per_month = var.runs")
        + "\nvariable \"runs\" {\n  type = number\n}\n";
    repository.write("a/main.mlinfra.hcl", &spec);
    repository.write("a/size.txt", "10\n");
    repository.write("vars/production.mlvars", "runs = 30\n");
    repository.commit("before");
    repository.write("a/size.txt", "20\n");
    repository.write("vars/production.mlvars", "runs = 31\n");
    let ran = repository
        .diff(&[
            "--base",
            "HEAD",
            "--json",
            "--var-file",
            "vars/production.mlvars",
        ])
        .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let review = json(&ran);
    let changes = review["specs"][0]["spec_changes"].as_array().unwrap();
    let paths: Vec<&Value> = changes.iter().map(|c| &c["path"]).collect();
    assert_eq!(paths, ["demand.runs.per_month.runs", "outputs.table.size"]);
}

#[test]
fn what_is_no_repository_or_outside_of_it_is_told() {
    let Some(repository) = changed() else { return };
    let outside = tempfile::tempdir().unwrap();
    let path = outside.path().to_str().unwrap();
    let ran = diff_in(outside.path(), &["--base", "main"])
        .env("GIT_CEILING_DIRECTORIES", "/")
        .run();
    assert_eq!(ran.code, 10);
    assert!(
        ran.stderr.contains("diff::not-a-repository"),
        "{}",
        ran.stderr
    );
    let ran = repository.diff(&["reports", path, "--base", "main"]).run();
    assert_eq!(ran.code, 10);
    assert!(
        ran.stderr.contains("diff::outside-the-repository"),
        "{}",
        ran.stderr
    );
    let ran = repository.diff(&["--base", "main"]).env("PATH", path).run();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("diff::git-failed"), "{}", ran.stderr);
    let ran = repository.diff(&["nowhere", "--base", "main"]).run();
    assert!(ran.stderr.contains("spec::no-spec-files"), "{}", ran.stderr);
}
