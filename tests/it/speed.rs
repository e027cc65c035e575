//! Guards against planning becoming ten times as slow, or as large. Figures are for `cargo bench`.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::{planning, spec, store};

use crate::cli::mlinfra;
use crate::graphs;
use crate::skipped::skip;

/// Ten times what the example takes in a build without optimisation on two slow cores. An optimised
/// build takes three milliseconds.
const EXAMPLE: Duration = Duration::from_millis(1500);

/// Ten times what it takes in a build without optimisation on two slow cores, which other tests
/// share. An optimised build takes a twentieth of a second.
const DIAMOND_OF_20: Duration = Duration::from_secs(25);

/// The same; an optimised build takes a fifth of a second.
const CHAIN_OF_1000: Duration = Duration::from_secs(60);

/// Most memory of the whole program. A build without optimisation takes 151 MB for a chain of 1,000
/// stages, of which the tables of the chain are the largest part.
const PEAK_BYTES: u64 = 200_000_000;

#[track_caller]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn check(sources: &Sources, limit: Duration) {
    let project = spec::load(sources, &spec::Inputs::default()).0.unwrap();
    let catalog = Catalog::embedded().unwrap();
    assert!(catalog.offering_count() >= 100_000);
    let started = std::time::Instant::now();
    let (plan, _) = planning::plan(&project, &catalog, sources, &planning::Options::default());
    let took = started.elapsed();
    assert_eq!(plan.unwrap().proof, planning::plan::Proof::Optimal);
    assert!(took < limit, "{took:?}");
}

fn sources(text: String) -> Sources {
    let mut sources = Sources::new();
    sources.add("graph.mlinfra.hcl", text);
    sources
}

#[test]
fn planning_the_example_stays_fast() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/recommender");
    check(&store::spec_files::read(&folder).unwrap(), EXAMPLE);
}

#[test]
fn planning_a_diamond_of_20_stages_stays_fast() {
    check(&sources(graphs::diamond(20)), DIAMOND_OF_20);
}

#[test]
fn planning_a_chain_of_1000_stages_stays_fast() {
    check(&sources(graphs::chain(1000)), CHAIN_OF_1000);
}

#[test]
fn the_program_plans_a_chain_of_1000_stages_in_200_megabytes() {
    if !Path::new("/proc/self/status").exists() {
        return skip("there is no /proc to read the peak memory from");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.mlinfra.hcl"), graphs::chain(1000)).unwrap();
    let peak = peak_of(&["plan", folder.path().to_str().unwrap()]);
    assert!(peak <= PEAK_BYTES, "{peak} bytes");
    println!("planned in {peak} bytes");
}

/// The largest resident set of the program when it begins to print, which is when all is made.
///
/// It prints more than a pipe holds, so it still waits there to be read, with all it has.
fn peak_of(arguments: &[&str]) -> u64 {
    let mut command = mlinfra(arguments).into_command();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let rest = stdout.read_to_end(&mut Vec::new()).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(rest > 200_000, "a pipe could hold all {rest} bytes");
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}
