//! `validate`, `fmt`, `init` and `schema` as people start them.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::mlinfra;

const SPEC: &str = "project \"p\" {\n  team = var.team\n}\n\nvariable \"team\" {}\n";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], code: &str) -> String {
    let run = mlinfra(arguments).in_dir(folder).run();
    assert_eq!((run.code, run.stdout.as_str()), (10, ""), "{}", run.stderr);
    assert!(
        run.stderr.starts_with(&format!("error[{code}]")),
        "{}",
        run.stderr
    );
    run.stderr
}

#[test]
fn a_valid_spec_is_counted() {
    let run = mlinfra(["validate", "examples/recommender"]).run();
    let told = "Project `recommender` is valid: 3 stages, 1 dataset, 1 model, 1 cluster.\n";
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, told, "")
    );
}

#[test]
fn variables_come_from_the_command_line_files_and_environment() {
    let folder = folder(&[
        ("main.mlinfra.hcl", SPEC.as_bytes()),
        ("values.hcl", b"team = \"file\"\n"),
    ]);
    let told = refused(folder.path(), &["validate"], "spec::variable-not-set");
    assert!(told.contains("--> main.mlinfra.hcl:5:10"), "{told}");
    for arguments in [
        &["validate", "-var", "team=x"][..],
        &["validate", "--var=team=x", "."],
        &["validate", "-var-file", "values.hcl"],
    ] {
        let run = mlinfra(arguments).in_dir(folder.path()).run();
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    }
    let run = mlinfra(["validate"])
        .in_dir(folder.path())
        .env("MLINFRA_VAR_team", "x")
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    refused(
        folder.path(),
        &["validate", "-var", "team"],
        "spec::variable-value",
    );
    refused(
        folder.path(),
        &["validate", "-var", "taem=x", "-var", "team=x"],
        "spec::undeclared-variable",
    );
    refused(
        folder.path(),
        &["validate", "-var-file", "none.hcl"],
        "spec::not-readable",
    );
}

#[test]
fn json_has_one_shape_for_valid_and_wrong_specs() {
    let folder = folder(&[("main.mlinfra.hcl", SPEC.as_bytes())]);
    for (arguments, code, valid, errors) in [
        (&["validate", "-json"][..], 10, false, 1),
        (&["validate", "--json", "-var", "team=x"], 0, true, 0),
    ] {
        let run = mlinfra(arguments).in_dir(folder.path()).run();
        assert_eq!((run.code, run.stderr.as_str()), (code, ""));
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(document["format_version"], "1.0");
        assert_eq!(document["valid"], valid);
        assert_eq!(document["error_count"], errors);
        assert_eq!(document["diagnostics"].as_array().unwrap().len(), errors);
    }
}

#[test]
fn the_json_that_validate_prints_has_the_keys_of_its_schema() {
    let schema: Value =
        serde_json::from_str(&mlinfra(["schema", "validate"]).run().stdout).unwrap();
    let folder = folder(&[("main.mlinfra.hcl", SPEC.as_bytes())]);
    let run = mlinfra(["validate", "--json"]).in_dir(folder.path()).run();
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&document), keys(&schema["properties"]));
    let diagnostic = &schema["properties"]["diagnostics"]["items"]["properties"];
    assert_eq!(keys(&document["diagnostics"][0]), keys(diagnostic));
}

#[test]
fn files_that_cannot_be_a_spec_are_refused() {
    let folder = folder(&[
        ("latin1/a.mlinfra.hcl", b"project \"p\" {}\n# caf\xe9\n"),
        ("large/a.mlinfra.hcl", &vec![b' '; (1 << 20) + 1]),
        ("empty/notes.txt", b""),
        ("folder/a.mlinfra.hcl/x", b""),
    ]);
    let told = refused(folder.path(), &["validate", "latin1"], "spec::invalid-utf8");
    assert!(
        told.contains("latin1/a.mlinfra.hcl isn't UTF-8: byte 21 of the file, on line 2."),
        "{told}"
    );
    refused(folder.path(), &["validate", "large"], "spec::too-large");
    let told = refused(folder.path(), &["validate", "empty"], "spec::no-spec-files");
    assert!(
        told.ends_with("To start a spec there, run:\n    mlinfra init empty\n"),
        "{told}"
    );
    refused(
        folder.path(),
        &["validate", "nowhere"],
        "spec::not-readable",
    );
    refused(folder.path(), &["validate", "folder"], "spec::not-readable");
}

#[cfg(unix)]
#[test]
fn links_that_go_round_or_out_are_refused() {
    use std::os::unix::fs::symlink;
    let folder = folder(&[
        (
            "spec/a.mlinfra.hcl",
            b"project \"p\" {\n  team = file(\"team\")\n}\n",
        ),
        ("secret", b"hunter2"),
    ]);
    symlink("../secret", folder.path().join("spec/team")).unwrap();
    let told = refused(
        folder.path(),
        &["validate", "spec"],
        "spec::file-not-readable",
    );
    assert!(
        told.contains("`team` is outside of the spec's folder"),
        "{told}"
    );
    symlink(
        "round.mlinfra.hcl",
        folder.path().join("spec/round.mlinfra.hcl"),
    )
    .unwrap();
    let told = refused(folder.path(), &["validate", "spec"], "spec::not-readable");
    assert!(
        told.contains("symbolic links go round in a circle"),
        "{told}"
    );
}

#[test]
fn the_starter_is_valid_and_never_overwritten() {
    let folder = folder(&[]);
    let run = mlinfra(["init", "new"]).in_dir(folder.path()).run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout.ends_with("    mlinfra plan new\n"),
        "{}",
        run.stdout
    );
    let run = mlinfra(["validate", "new"]).in_dir(folder.path()).run();
    assert_eq!(
        run.stdout,
        "Project `starter` is valid: 1 stage, 1 dataset.\n"
    );
    let run = mlinfra(["fmt", "--check", "new"])
        .in_dir(folder.path())
        .run();
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    refused(folder.path(), &["init", "new"], "spec::spec-exists");
}

#[test]
fn the_starter_is_valid_without_its_comment_signs() {
    let starter = include_str!("../../../src/cli/init/starter.mlinfra.hcl");
    let (head, rest) = starter.split_once("# A model to train").unwrap();
    let rest = rest.lines().skip(2).filter(|l| !l.starts_with("# Most"));
    let rest: String = rest
        .map(|l| format!("{}\n", l.trim_start_matches("# ").trim_start_matches('#')))
        .collect();
    let project = super::valid(&(head.to_owned() + &rest));
    assert_eq!(project.stages.len(), 2);
    assert_eq!(project.budgets.len(), 1);
}

#[test]
fn fmt_rewrites_what_is_not_in_the_layout_and_names_it() {
    let folder = folder(&[
        ("a.mlinfra.hcl", b"project \"p\"   {}\n"),
        ("b.mlinfra.hcl", b"locals {}\n"),
        ("c.txt", b"x=1"),
    ]);
    let check = mlinfra(["fmt", "-check"]).in_dir(folder.path()).run();
    assert_eq!((check.code, check.stdout.as_str()), (1, "a.mlinfra.hcl\n"));
    let run = mlinfra(["fmt"]).in_dir(folder.path()).run();
    assert_eq!((run.code, run.stdout.as_str()), (0, "a.mlinfra.hcl\n"));
    let text = std::fs::read_to_string(folder.path().join("a.mlinfra.hcl")).unwrap();
    assert_eq!(text, "project \"p\" {}\n");
    let again = mlinfra(["fmt"]).in_dir(folder.path()).run();
    assert_eq!((again.code, again.stdout.as_str()), (0, ""));
    std::fs::write(folder.path().join("d.mlinfra.hcl"), "locals {").unwrap();
    let told = refused(folder.path(), &["fmt"], "spec::syntax");
    assert!(told.contains("--> d.mlinfra.hcl:1:"), "{told}");
}

#[test]
fn fmt_reads_standard_input() {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut command = mlinfra(["fmt", "-"]).into_command();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a=1").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "a = 1\n");
}

#[test]
fn schemas_are_listed_and_printed() {
    let list = mlinfra(["schema"]).run();
    assert_eq!(list.code, 0);
    for line in list.stdout.lines() {
        let name = line.split_whitespace().next().unwrap();
        let run = mlinfra(["schema", name]).run();
        let schema: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            schema["$schema"], "https://json-schema.org/draft/2020-12/schema",
            "{name}"
        );
        assert!(schema["$id"].as_str().unwrap().ends_with(name));
    }
}
