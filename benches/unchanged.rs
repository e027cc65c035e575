//! How long `mlinfra plan` takes, from start to exit, where nothing is to be done: 5,000 objects that
//! are taken to be as they were read last.
//!
//! Run with `cargo bench --bench unchanged`. It prints the median of some runs.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use mlinfra::state::State;
use mlinfra_provider_api::OpKey;

#[path = "../tests/aws/specs.rs"]
mod specs;

/// Nodes; with a security group and a launch template they are 5,000 objects.
const NODES: u32 = 4_998;

const RUNS: usize = 7;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let folder = folder.path();
    // One node is made, and the state told that there are more like it: making them all takes minutes.
    write(folder, 1);
    mlinfra(folder, &["apply", "--sandbox", "--auto-approve"]);
    let pulled = mlinfra(folder, &["state", "pull", "--sandbox"]).stdout;
    let text = String::from_utf8(pulled).expect("JSON");
    fs::write(folder.join("many.json"), multiplied(&text)).expect("room for a state");
    mlinfra(
        folder,
        &["state", "push", "--sandbox", "--force", "many.json"],
    );
    write(folder, NODES);
    let mut times: Vec<Duration> = (0..RUNS).map(|_| time_of_a_plan(folder)).collect();
    times.sort_unstable();
    println!(
        "plan --no-refresh of {} objects without a change: {:?} (fastest {:?}, slowest {:?})",
        NODES + 2,
        times[RUNS / 2],
        times[0],
        times[RUNS - 1]
    );
}

fn write(folder: &Path, nodes: u32) {
    let spec = folder.join("main.mlinfra.hcl");
    fs::write(spec, specs::instances(nodes)).expect("room for a spec");
}

/// Runs the program, which is to succeed: a plan that has changes doesn't.
fn mlinfra(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlinfra"));
    command.env_clear().current_dir(folder).args(arguments);
    let output = command.output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    output
}

fn time_of_a_plan(folder: &Path) -> Duration {
    let began = Instant::now();
    let arguments = ["plan", "--sandbox", "--no-refresh", "--detailed-exitcode"];
    mlinfra(folder, &arguments);
    began.elapsed()
}

/// The state with copies of its one node.
fn multiplied(text: &str) -> String {
    let mut state = State::from_text(text).expect("a state");
    let node = state.objects["pool.serve.nodes[0]"].clone();
    for index in 1..NODES {
        let mut copy = node.clone();
        copy.id.id = format!("nodes-copy-{index}");
        copy.name = format!("copy-{index}");
        let mut key = [1; 32];
        key[..4].copy_from_slice(&index.to_be_bytes());
        copy.made_by = OpKey::new(key);
        state
            .objects
            .insert(format!("pool.serve.nodes[{index}]"), copy);
    }
    state.to_text()
}
