//! What a plan makes of a check.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mlinfra::catalog::text::sha256_hex;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::fake::{gpu, library, program_with};
use crate::cli::{Finished, mlinfra};

/// The plan of an example, with changes.
fn plan(folder: &Path, change: impl FnOnce(&mut Value)) -> PathBuf {
    let path = folder.join("plan.json");
    let out = path.to_str().unwrap();
    let planned = mlinfra(["plan", "examples/recommender", "-o", out]).run();
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let mut plan: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut plan);
    seal(&mut plan);
    std::fs::write(&path, plan.to_string()).unwrap();
    path
}

/// States the digest anew, as whoever writes a plan does. What policies say of it is no part of it.
fn seal(plan: &mut Value) {
    let mut rest = plan.clone();
    let keys = rest.as_object_mut().unwrap();
    keys.remove("plan_sha256").unwrap();
    keys.remove("policies");
    plan["plan_sha256"] = json!(sha256_hex(rest.to_string().as_bytes()));
}

/// A check of a machine against a pool of that plan.
#[track_caller]
fn check(profile: &str, pool: &str, change: impl FnOnce(&mut Value), more: &[&str]) -> Finished {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let plan = plan(folder.path(), change);
    let head = ["check", "--plan", plan.to_str().unwrap(), "--pool", pool];
    gpu(profile, head.iter().chain(more).copied())
}

fn with_fit(fit: Value) -> impl FnOnce(&mut Value) {
    move |plan| plan["fit"]["serve"] = fit
}

#[test]
fn a_node_is_held_against_the_pool_of_a_plan() {
    let accepted = check("a30-4", "train", |_| {}, &[]);
    assert_eq!(
        (accepted.code, accepted.stderr.as_str()),
        (0, ""),
        "{}",
        accepted.stdout
    );
    let refused = check("a2", "train", |_| {}, &[]);
    assert_eq!(refused.code, 20);
    let last =
        "refused: count, product on gpu 0, compute-capability on gpu 0, memory-total on gpu 0\n";
    assert!(refused.stdout.ends_with(last), "{}", refused.stdout);
    let divided = check("a30-mig", "train", |_| {}, &[]);
    assert!(
        divided.stdout.ends_with("refused: count, mig on gpu 0\n"),
        "{}",
        divided.stdout
    );
}

#[test]
fn expectations_are_added_to_those_of_the_plan() {
    let refused = check("a2", "serve", |_| {}, &["--expect", "driver=550"]);
    assert!(
        refused.stdout.ends_with("refused: driver\n"),
        "{}",
        refused.stdout
    );
}

#[test]
fn what_the_model_needs_has_to_be_free() {
    let fits = check(
        "a2",
        "serve",
        with_fit(json!({"needed_bytes": 14_u64 << 30})),
        &[],
    );
    assert_eq!(fits.code, 0, "{}", fits.stdout);
    let tight = check(
        "a2",
        "serve",
        with_fit(json!({"needed_bytes": 15_u64 << 30})),
        &[],
    );
    assert!(
        tight.stdout.ends_with("refused: memory-free on gpu 0\n"),
        "{}",
        tight.stdout
    );
}

/// The card here is another one, of just the memory that such a part has.
#[test]
fn of_a_part_of_a_gpu_a_part_of_the_memory_is_expected() {
    let part = |plan: &mut Value| {
        plan["placement"]["serve"]["gpu"] = json!("A30");
        plan["placement"]["serve"]["gpus_per_node"] = json!("0.625");
    };
    let refused = check("a2", "serve", part, &[]);
    let last = "refused: product on gpu 0, compute-capability on gpu 0\n";
    assert!(refused.stdout.ends_with(last), "{}", refused.stdout);
}

#[test]
fn pools_without_gpus_are_named_with_those_that_have_some() {
    let unknown = check("a2", "sevre", |_| {}, &[]);
    assert_eq!(unknown.code, 10);
    assert!(
        unknown.stderr.starts_with("error[gpu::unknown-pool]: "),
        "{}",
        unknown.stderr
    );
    assert!(
        unknown
            .stderr
            .contains("did you mean `serve`? The pools with GPUs are `serve` and")
    );
    let without = check("a2", "prepare", |_| {}, &[]);
    assert!(
        without.stderr.contains("Pool `prepare` of"),
        "{}",
        without.stderr
    );
}

#[test]
fn a_file_that_is_no_plan_is_refused() {
    let check = |path: &str| gpu("a2", ["check", "--plan", path, "--pool", "serve"]);
    let text = check("README.md");
    assert_eq!(text.code, 10);
    assert!(
        text.stderr
            .starts_with("error[gpu::wrong-plan]: file isn't a plan\n\n`README.md` isn't JSON:")
    );
    let other = check("tests/nvml/profiles/a2.json");
    assert!(
        other.stderr.contains("isn't a plan of format 1."),
        "{}",
        other.stderr
    );
    assert_eq!(check("none.json").code, 1);
    let gpus = |plan: &mut Value| plan["placement"]["serve"]["gpu"] = json!("A1");
    let unknown = self::check("a2", "serve", gpus, &[]);
    assert!(
        unknown
            .stderr
            .contains("has GPUs `A1`, which no catalog has."),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_plan_that_was_changed_after_it_was_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = plan(folder.path(), |_| {});
    let check = || {
        gpu(
            "a2",
            ["check", "--plan", path.to_str().unwrap(), "--pool", "serve"],
        )
    };
    assert_eq!(check().code, 0);
    let mut changed: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    changed["fit"]["serve"] = json!({"needed_bytes": 0});
    std::fs::write(&path, changed.to_string()).unwrap();
    let refused = check();
    assert_eq!(refused.code, 10);
    let why = "was changed after it was written: `plan_sha256` isn't the digest";
    assert!(refused.stderr.contains(why), "{}", refused.stderr);
}

fn probed(profile: &str, argv: Value) -> Finished {
    check(
        profile,
        "serve",
        with_fit(json!({"probe": argv})),
        &["--probe"],
    )
}

#[test]
fn a_probe_runs_when_all_else_is_well() {
    let well = probed("a2", json!(["/bin/sh", "-c", "echo trying; sleep 0.3"]));
    assert_eq!(well.code, 0, "{}{}", well.stdout, well.stderr);
    assert_eq!(
        well.stderr,
        "Running the probe: /bin/sh -c echo trying; sleep 0.3\ntrying\n"
    );
    assert!(
        well.stdout
            .contains("\npass  probe                      exit status: 0\n"),
        "{}",
        well.stdout
    );
    let refused = probed("foreign-process", json!(["/bin/sh", "-c", "echo trying"]));
    assert_eq!((refused.code, refused.stderr.as_str()), (20, ""));
}

#[test]
fn a_probe_that_fails_refuses_the_node() {
    let failed = probed("a2", json!(["/bin/sh", "-c", "exit 3"]));
    assert_eq!(failed.code, 20);
    assert!(
        failed.stdout.ends_with("refused: probe\n"),
        "{}",
        failed.stdout
    );
}

#[test]
fn a_probe_that_takes_more_than_programs_can_have_refuses_the_node() {
    let grown = probed("growing", json!(["/bin/sh", "-c", "sleep 1"]));
    assert_eq!(grown.code, 20);
    assert!(
        grown.stdout.ends_with("refused: probe-peak on gpu 0\n"),
        "{}",
        grown.stdout
    );
}

#[test]
fn a_probe_that_is_not_there_is_an_error() {
    let none = check("a2", "serve", |_| {}, &["--probe"]);
    assert_eq!(none.code, 10);
    assert!(
        none.stderr
            .starts_with("error[gpu::no-probe]: no probe to run\n"),
        "{}",
        none.stderr
    );
    let absent = probed("a2", json!(["/nonexistent/probe"]));
    assert_eq!(absent.code, 1);
    assert!(
        absent
            .stderr
            .contains("error[gpu::cannot-probe]: can't run the probe\n")
    );
}

/// The probe tells the id of what it has started, so that the test can see that it is gone.
#[test]
fn an_interrupt_ends_the_probe_too() {
    let folder = tempfile::tempdir().unwrap();
    let probe = json!({"probe": ["/bin/sh", "-c", "sleep 600 & echo $!; wait"]});
    let plan = plan(folder.path(), with_fit(probe));
    let arguments = [
        "check",
        "--probe",
        "--pool",
        "serve",
        "--plan",
        plan.to_str().unwrap(),
    ];
    let mut command = program_with(&library(), "a2", arguments).into_command();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let head = lines.next().unwrap().unwrap();
    assert!(head.starts_with("Running the probe: "), "{head}");
    let probe = lines.next().unwrap().unwrap();
    let signal = |which: &str, pid: &str| {
        let kill = Command::new("kill")
            .args([which, pid])
            .stderr(Stdio::null())
            .status();
        kill.unwrap().success()
    };
    assert!(signal("-INT", &child.id().to_string()));
    let mut out = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(20));
    assert!(out.ends_with("refused: probe\n"), "{out}");
    // Killed, and then taken down by init, which may be a moment later, or in a container never.
    let gone = (0..5000).any(|_| {
        std::thread::yield_now();
        !signal("-0", &probe) || is_zombie(&probe)
    });
    assert!(gone, "what the probe has started is still there");
}

/// Whether a process has ended and only its parent hasn't asked for how.
fn is_zombie(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.trim_start().starts_with('Z')
}
