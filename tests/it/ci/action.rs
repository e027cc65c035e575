//! The script that the action's steps run, with a mlinfra that only notes how it was called.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::forge::Forge;
use super::{found, root};
use crate::skipped::skip;

/// Notes its arguments, prints what it is told to, and ends as it is told to.
const NOTES: &str = r#"#!/usr/bin/env bash
printf '%s\0' "$@" >"$NOTES"
printf '%s' "${SAYS:-}"
exit "${ENDS:-0}"
"#;

/// Notes which signal it gets.
const WAITS: &str = r#"#!/usr/bin/env bash
trap 'echo TERM >"$NOTES"; exit 143' TERM
trap 'echo INT >"$NOTES"; exit 130' INT
: >"$NOTES.ready"
for _ in {1..600}; do sleep 0.1; done
"#;

const HOSTILE: &[&str] = &[
    "\"; rm -rf / #",
    "$(touch pwned)",
    "`touch pwned`",
    "a b\tc",
    "-o/etc/passwd",
    "--base=x",
    "';exit 0;'",
    "*",
    "${{ github.token }}",
];

struct Scene {
    folder: TempDir,
    program: &'static str,
    environment: Vec<(String, String)>,
}

fn scene(program: &'static str) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mlinfra");
    std::fs::write(&file, program).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    Scene {
        folder,
        program,
        environment: Vec::new(),
    }
}

impl Scene {
    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, command: &str) -> Command {
        assert!(!self.program.is_empty());
        // Who starts the tests in the background has them ignore SIGINT, and a shell can't undo that.
        let mut bash = Command::new("env");
        bash.args(["--default-signal=INT", "bash"]);
        bash.arg(root().join("ci/action.sh")).arg(command);
        bash.current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("MLINFRA", self.path("mlinfra"))
            .env("NOTES", self.path("notes"))
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_REPOSITORY", "acme/ml")
            .env("GITHUB_SHA", "c0ffee")
            .env("GITHUB_TOKEN", "token-1")
            .env("MLINFRA_AUTHOR", "github-actions[bot]")
            .envs(self.environment.iter().cloned());
        bash
    }

    fn run(&self, command: &str) -> Output {
        self.command(command).output().unwrap()
    }

    /// The arguments that mlinfra was called with.
    fn called(&self) -> Vec<String> {
        let notes = std::fs::read_to_string(self.path("notes")).unwrap_or_default();
        notes.split_terminator('\0').map(str::to_owned).collect()
    }
}

#[test]
fn hostile_inputs_are_arguments_and_nothing_else() {
    for hostile in HOSTILE {
        let scene = scene(NOTES)
            .with("MLINFRA_PATHS", &format!("{hostile}\nspecs/b\n"))
            .with("MLINFRA_BASE", hostile)
            .with("MLINFRA_VALID_AT", hostile)
            .with("MLINFRA_REVIEW", hostile);
        let ran = scene.run("diff");
        assert!(ran.status.success(), "{ran:?}");
        let base = format!("--base={hostile}");
        let time = format!("--valid-at={hostile}");
        let out = format!("--out={hostile}");
        let expected = ["diff", &out, &base, &time, "--", hostile, "specs/b"];
        assert_eq!(scene.called(), expected);
        assert!(!scene.path("pwned").exists());
    }
}

#[test]
fn a_comment_is_made_of_the_review_and_not_without_one() {
    let scene = scene(NOTES)
        .with("MLINFRA_REVIEW", "review.json")
        .with("MLINFRA_BEHAVIOR", "$(touch pwned)")
        .with("MLINFRA_WHEN", "always");
    assert_eq!(scene.run("comment").status.code(), Some(0));
    assert_eq!(scene.called(), [""; 0]);
    std::fs::write(scene.path("review.json"), "{}").unwrap();
    assert_eq!(scene.run("comment").status.code(), Some(0));
    let expected = [
        "comment",
        "github",
        "--path=review.json",
        "--behavior=$(touch pwned)",
        "--when=always",
    ];
    assert_eq!(scene.called(), expected);
}

#[test]
fn the_end_of_mlinfra_is_the_end_of_the_step() {
    let scene = scene(NOTES).with("MLINFRA_REVIEW", "r").with("ENDS", "14");
    assert_eq!(scene.run("diff").status.code(), Some(14));
}

#[test]
fn a_program_is_taken_only_if_it_is_one_and_its_name_one_line() {
    let good = scene(NOTES).with("MLINFRA_BINARY", "./mlinfra");
    assert!(good.run("get").status.success());
    let output = std::fs::read_to_string(good.path("output")).unwrap();
    assert_eq!(output, "mlinfra=./mlinfra\n");
    for bad in ["./none", "./mlinfra\nother=x"] {
        let bad = scene(NOTES).with("MLINFRA_BINARY", bad);
        assert_eq!(bad.run("get").status.code(), Some(1));
        assert!(!bad.path("output").exists());
    }
}

/// The number of a signal, and its name.
#[track_caller]
fn signal_arrives(command: &str, signal: &str, ends: i32) {
    let scene = scene(WAITS).with("MLINFRA_REVIEW", "r");
    let mut child = scene.command(command).spawn().unwrap();
    let ready = scene.path("notes.ready");
    for _ in 0..300 {
        if ready.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(ready.exists(), "it started");
    let number = child.id().to_string();
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &number])
        .status();
    assert!(sent.unwrap().success());
    let ended = child.wait().unwrap();
    assert_eq!(ended.code(), Some(ends), "{ended:?}");
    let told = std::fs::read_to_string(scene.path("notes")).unwrap();
    assert_eq!(
        told.trim(),
        if command == "drift" { "TERM" } else { signal }
    );
}

#[test]
fn signals_reach_mlinfra() {
    signal_arrives("diff", "TERM", 143);
    signal_arrives("diff", "INT", 130);
    signal_arrives("drift", "TERM", 143);
}

/// Says why what the script needs isn't there.
fn tools() -> Option<String> {
    let missing: Vec<&str> = ["curl", "jq"]
        .into_iter()
        .filter(|tool| found(tool).is_none())
        .collect();
    (!missing.is_empty()).then(|| format!("{} not found", missing.join(" and ")))
}

fn comment(author: &str, marker: &Value) -> Value {
    json!({"user": {"login": author}, "body": format!("<!-- mlinfra {marker} -->\n### text\n")})
}

fn marker(spec: &str, plan: &str, day: &str) -> Value {
    json!({"v": 1, "spec": spec, "tag": "", "plan": plan, "valid_at": format!("2026-11-{day}T10:00:00Z")})
}

/// A repository whose commit `c0ffee` is pull request 7.
fn repository(comments: Vec<Value>) -> Forge {
    let pulls = json!([
        {"number": 6, "merged_at": null, "merge_commit_sha": "c0ffee"},
        {"number": 7, "merged_at": "2026-11-21T10:00:00Z", "merge_commit_sha": "c0ffee"},
    ]);
    Forge::start(vec![
        ("/repos/acme/ml/commits/c0ffee/pulls", pulls),
        ("/repos/acme/ml/issues/7/comments", Value::Array(comments)),
    ])
}

#[test]
fn what_is_applied_is_the_plan_of_the_newest_comment_of_the_trusted_author() {
    if let Some(why) = tools() {
        return skip(&why);
    }
    let bot = "github-actions[bot]";
    let other = json!({"user": {"login": bot}, "body": "Nice.\n<!-- mlinfra {} -->"});
    let mut comments = vec![other; 150];
    comments.extend([
        comment(bot, &marker("specs/a", "sha256:new", "20")),
        comment(bot, &marker("specs/a", "sha256:old", "19")),
        comment(bot, &marker("specs/b", "sha256:of-b", "21")),
        comment("mallory", &marker("specs/a", "sha256:evil", "21")),
    ]);
    let forge = repository(comments);
    let scene = scene(NOTES)
        .with("GITHUB_API_URL", &forge.url)
        .with("MLINFRA_PATHS", "specs/a/");
    let ran = scene.run("apply");
    assert!(ran.status.success(), "{ran:?}");
    let expected = [
        "apply",
        "--auto-approve",
        "--expect-plan=sha256:new",
        "--",
        "specs/a/",
    ];
    assert_eq!(scene.called(), expected);
    let pages = forge
        .asked()
        .iter()
        .filter(|(_, path, _)| path.contains("comments?"))
        .count();
    assert_eq!(pages, 2);
}

#[test]
fn nothing_is_applied_that_nobody_reviewed() {
    if let Some(why) = tools() {
        return skip(&why);
    }
    let evil = comment("mallory", &marker("specs/a", "sha256:evil", "21"));
    let unseen = repository(vec![evil]);
    let unmerged = Forge::start(vec![("/repos/acme/ml/commits/c0ffee/pulls", json!([]))]);
    let broken = Forge::start(Vec::new());
    for (forge, said) in [
        (
            unseen,
            "no comment of github-actions[bot] shows a plan of specs/a",
        ),
        (unmerged, "c0ffee is no pull request that was merged"),
        (broken, "404"),
    ] {
        let scene = scene(NOTES)
            .with("GITHUB_API_URL", &forge.url)
            .with("MLINFRA_PATHS", "specs/a");
        let ran = scene.run("apply");
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!ran.status.success() && told.contains(said), "{told}");
        assert_eq!(scene.called(), [""; 0]);
    }
}

/// What is told of drift where these issues are open.
fn drift(issues: Value, says: &str) -> Vec<super::forge::Asked> {
    let forge = Forge::start(vec![("/repos/acme/ml/issues", issues)]);
    let scene = scene(NOTES)
        .with("GITHUB_API_URL", &forge.url)
        .with("MLINFRA_PATHS", "specs/a")
        .with("SAYS", says)
        .with("ENDS", "2");
    let ran = scene.run("drift");
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(
        scene.called(),
        [
            "plan",
            "--refresh-only",
            "--detailed-exitcode",
            "--",
            "specs/a"
        ]
    );
    let asked = forge.asked().into_iter();
    asked.filter(|(method, _, _)| method != "GET").collect()
}

const MARKER: &str = "<!-- mlinfra drift \"specs/a\" -->";

#[test]
fn drift_opens_one_issue_and_changes_it_later() {
    if let Some(why) = tools() {
        return skip(&why);
    }
    let text = "1 object differs\n```\n@everyone </details>";
    let shown = format!(
        "{MARKER}\n\nSomething else than mlinfra changed what there is; a new plan says what would \
         undo it.\n\n    1 object differs\n    ```\n    @everyone </details>"
    );
    let issue = |number: u64, author: &str, body: &str| json!({"number": number, "user": {"login": author}, "body": body});
    let foreign = issue(3, "mallory", MARKER);
    let opened = drift(json!([foreign]), text);
    let expected = json!({"title": "Drift: specs/a", "body": shown, "labels": ["mlinfra-drift"]});
    assert_eq!(
        opened,
        [("POST".into(), "/repos/acme/ml/issues".into(), expected)]
    );
    let ours = issue(4, "github-actions[bot]", &format!("{MARKER}\nold"));
    let changed = drift(json!([foreign, ours]), text);
    let expected = json!({"body": shown});
    assert_eq!(
        changed,
        [("PATCH".into(), "/repos/acme/ml/issues/4".into(), expected)]
    );
}

#[test]
fn where_nothing_drifted_or_nobody_knows_no_issue_is_opened() {
    for (ends, code) in [("0", 0), ("11", 11)] {
        let scene = scene(NOTES)
            .with("MLINFRA_PATHS", "specs/a")
            .with("ENDS", ends);
        // There is no forge to ask: asking would fail.
        assert_eq!(scene.run("drift").status.code(), Some(code));
    }
}
