//! The job of GitLab's component, run as GitLab's runner does: its lines one after the other in a shell
//! that ends at the first that fails, with the real program, git, and the fake of GitLab.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::action::{git, repository};
use super::fake::World;
use super::marker;

/// The job with its inputs filled in.
const JOB: &str = "
import json, sys, yaml
text = open(sys.argv[1]).read().split('\\n---\\n')[1]
for filled in sys.argv[2:]:
    name, value = filled.split('=', 1)
    text = text.replace('$[[ inputs.%s ]]' % name, value)
print(json.dumps(yaml.safe_load(text)['mlinfra-review']))
";

fn job(world: &World, path: &str) -> Value {
    let component = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mlinfra.yml");
    let path = format!("path={path}");
    let inputs = [
        component.to_str().unwrap(),
        "stage=test",
        "image=x",
        &path,
        "behavior=update",
        "when=always",
        "allow_failure=false",
    ];
    world.python(JOB, &inputs)
}

fn run(job: &Value, folder: &Path, world: &World) -> Output {
    let lines = job["script"].as_array().unwrap().iter();
    let script: Vec<&str> = lines.map(|line| line.as_str().unwrap()).collect();
    let variables = job["variables"].as_object().unwrap().iter();
    let variables = variables.map(|(name, value)| (name, value.as_str().unwrap()));
    let program = Path::new(env!("CARGO_BIN_EXE_mlinfra")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    Command::new("bash")
        .args(["-eo", "pipefail", "-c", &script.join("\n")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env(
            "CI_MERGE_REQUEST_DIFF_BASE_SHA",
            git(folder, &["rev-parse", "HEAD~"]),
        )
        .envs(variables)
        .envs(world.pipeline())
        .output()
        .unwrap()
}

#[test]
fn the_job_compares_and_comments_and_leaves_its_reports() {
    let Some(world) = World::new() else { return };
    let folder = repository();
    let job = job(&world, "specs");
    let ran = run(&job, folder.path(), &world);
    assert!(ran.status.success(), "{ran:?}");
    let notes = world.at_gitlab();
    let [(author, body, _)] = notes.as_slice() else {
        panic!("{notes:?}");
    };
    assert_eq!(author, "ci-bot");
    let start = marker("specs", "");
    assert!(
        body.starts_with(start.split("\"plan\"").next().unwrap()),
        "{body}"
    );
    assert!(
        body.contains("\n### shop: monthly cost ") && body.contains("(+98 %)"),
        "{body}"
    );
    let reports = [
        &job["artifacts"]["paths"][0],
        &job["artifacts"]["reports"]["terraform"],
    ];
    for report in reports {
        let text = std::fs::read_to_string(folder.path().join(report.as_str().unwrap())).unwrap();
        assert!(
            serde_json::from_str::<Value>(&text).unwrap().is_object(),
            "{report}"
        );
    }
}

#[test]
fn a_job_whose_plan_is_denied_says_so_and_fails() {
    let Some(world) = World::new() else { return };
    let folder = repository();
    let spec = folder.path().join("specs/main.mlinfra.hcl");
    let mut text = std::fs::read_to_string(&spec).unwrap();
    text.push_str("\nbudget \"tiny\" {\n  limit     = 1\n  on_exceed = \"deny\"\n}\n");
    std::fs::write(spec, text).unwrap();
    let ran = run(&job(&world, "specs"), folder.path(), &world);
    assert_eq!(ran.status.code(), Some(14), "{ran:?}");
    let notes = world.at_gitlab();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].1.contains("\u{274c} Budget tiny"), "{notes:?}");
}

#[test]
fn a_hostile_path_is_a_path_and_nothing_else() {
    let Some(world) = World::new() else { return };
    let folder = repository();
    for path in [
        "$(touch pwned)",
        "`touch pwned`",
        "--base=HEAD",
        "a; touch pwned",
    ] {
        let mut job = job(&world, "specs");
        job["variables"]["MLINFRA_PATH"] = path.into();
        let ran = run(&job, folder.path(), &world);
        assert!(!ran.status.success(), "{ran:?}");
        assert!(!folder.path().join("pwned").exists());
    }
    assert_eq!(world.at_gitlab().len(), 0);
}
