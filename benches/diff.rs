//! How long `mlinfra diff` takes, from start to exit: 50 specs of 20 stages in a git repository, of
//! which all have changed.
//!
//! Run with `cargo bench --bench diff`. It prints the median of some runs.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

#[path = "../tests/it/graphs.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest of it")]
mod graphs;

const SPECS: usize = 50;
const STAGES: usize = 20;
const RUNS: usize = 7;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let folder = folder.path();
    git(folder, &["init", "-q", "-b", "main"]);
    write(folder, 100);
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "specs"]);
    for (what, more) in [("without a change", 100), ("all changed", 150)] {
        write(folder, more);
        let mut times: Vec<Duration> = (0..RUNS).map(|_| time_of_a_diff(folder)).collect();
        times.sort_unstable();
        println!(
            "diff of {SPECS} specs of {STAGES} stages, {what}: {:?} (fastest {:?}, slowest {:?})",
            times[RUNS / 2],
            times[0],
            times[RUNS - 1]
        );
    }
}

/// Writes all specs, no two of which are the same. What they read depends on `more`.
fn write(folder: &Path, more: usize) {
    for i in 0..SPECS {
        let text = graphs::diamond(STAGES);
        let size = format!("size = \"{}GiB\"", 10_000 + more + i);
        let at = folder.join(format!("spec{i}"));
        fs::create_dir_all(&at).expect("room for a folder");
        let text = text.replace("size = \"10TiB\"", &size);
        let text = text.replacen("\"5GiB\"", &format!("\"{}GiB\"", more / 20), 1);
        fs::write(at.join("main.mlinfra.hcl"), text).expect("room for a spec");
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"]);
    let status = git.args(arguments).status().expect("git starts");
    assert!(status.success(), "git {arguments:?}");
}

fn time_of_a_diff(folder: &Path) -> Duration {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlinfra"));
    command.env_clear().env("PATH", path).current_dir(folder);
    command.args(["diff", "--base", "HEAD"]);
    let began = Instant::now();
    let output = command.output().expect("the program starts");
    let took = began.elapsed();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    took
}
