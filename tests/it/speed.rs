//! A guard against planning becoming ten times as slow. Figures are for `cargo bench`.

use std::path::Path;
use std::time::Duration;

use mlinfra::catalog::Catalog;
use mlinfra::{planning, spec, store};

/// Ten times what the example takes in a build without optimisation on two slow cores. An optimised
/// build takes three milliseconds.
const LIMIT: Duration = Duration::from_millis(1500);

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn planning_the_example_stays_fast() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/recommender");
    let sources = store::spec_files::read(&folder).unwrap();
    let project = spec::load(&sources, &spec::Inputs::default()).0.unwrap();
    let catalog = Catalog::embedded().unwrap();
    assert!(catalog.offering_count() >= 100_000);
    let started = std::time::Instant::now();
    let (plan, _) = planning::plan(&project, &catalog, &sources, &planning::Options::default());
    let took = started.elapsed();
    assert!(plan.is_some());
    assert!(took < LIMIT, "{took:?}");
    println!("planned in {took:?}");
}
