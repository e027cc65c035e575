//! The script of the action, with the real program, git, and the fake of GitHub.

use std::path::Path;
use std::process::{Command, Output};

use super::fake::World;
use super::{NOON, marker};

const SPEC: &str = r#"
project "shop" {}

stage "prepare" {
  kind = "data-processing"

  requirements {
    vcpus     = 4
    locations = ["aws/us-east-1"]
  }

  run {
    duration       = "2h"
    runs_per_month = 30
  }
}
"#;

pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let ran = Command::new("git")
        .args(["-c", "user.name=x", "-c", "user.email=x@example.test"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

/// A repository whose branch, with an odd name, doubles what a run takes.
pub(super) fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    git(at, &["init", "--quiet", "--initial-branch=main;$(id)"]);
    std::fs::create_dir(at.join("specs")).unwrap();
    std::fs::write(at.join("specs/main.mlinfra.hcl"), SPEC).unwrap();
    git(at, &["add", "."]);
    git(at, &["commit", "--quiet", "--message=one"]);
    git(at, &["switch", "--quiet", "--create=change"]);
    std::fs::write(
        at.join("specs/main.mlinfra.hcl"),
        SPEC.replace("\"2h\"", "\"4h\""),
    )
    .unwrap();
    git(at, &["commit", "--quiet", "--all", "--message=two"]);
    folder
}

fn step(command: &str, folder: &Path, world: &World, valid_at: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/action.sh");
    Command::new("bash")
        .arg(script)
        .arg(command)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("MLINFRA", env!("CARGO_BIN_EXE_mlinfra"))
        .env("MLINFRA_PATHS", "specs")
        .env("MLINFRA_BASE", "main;$(id)")
        .env("MLINFRA_REVIEW", "review.json")
        .env("MLINFRA_VALID_AT", valid_at)
        .env("MLINFRA_BEHAVIOR", "update")
        .env("MLINFRA_WHEN", "always")
        .envs(world.actions())
        .output()
        .unwrap()
}

#[test]
fn the_action_compares_and_comments_and_an_older_run_changes_nothing() {
    let Some(world) = World::new() else { return };
    let folder = repository();
    for time in [NOON, "2026-11-21T11:00:00Z"] {
        for command in ["diff", "comment"] {
            let ran = step(command, folder.path(), &world, time);
            assert!(ran.status.success(), "{command}: {ran:?}");
        }
    }
    let comments = world.at_github();
    let [(author, body, _)] = comments.as_slice() else {
        panic!("{comments:?}");
    };
    assert_eq!(author, "ci-bot");
    let start = marker("specs", NOON);
    let start = start.split("\"plan\"").next().unwrap();
    assert!(body.starts_with(start) && body.contains(NOON), "{body}");
    assert!(body.contains("\n### shop: monthly cost "), "{body}");
    assert!(body.contains("(+98 %)"), "{body}");
}
