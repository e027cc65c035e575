//! Where the time of `mlinfra plan` goes, part by part, over the embedded catalogs.
//!
//! Run with `cargo bench --bench plan`. The whole process also starts, maps the
//! program and prints, and is timed from outside.

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::model::Project;
use mlinfra::render::style::Palette;
use mlinfra::{planning, render, spec, store};

#[path = "../tests/it/graphs.rs"]
mod graphs;

fn main() {
    divan::main();
}

fn catalog() -> Catalog {
    Catalog::embedded().expect("the embedded catalog is sound")
}

fn sources() -> Sources {
    store::spec_files::read("examples/recommender".as_ref()).expect("the example is there")
}

fn sources_of(text: String) -> Sources {
    let mut sources = Sources::new();
    sources.add("graph.mlinfra.hcl", text);
    sources
}

/// Each stage reads from each earlier one with a chance of one in `sparsity`, by a fixed generator,
/// so that every run times the same graph.
fn graph(n: usize, sparsity: u64) -> Sources {
    let mut state = 42u64;
    sources_of(graphs::spec_of(n, |_, _| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33).is_multiple_of(sparsity)
    }))
}

/// Jobs that read nothing from each other and share a quota which holds half of them.
fn competing(n: usize) -> Sources {
    let max = 8 * n;
    let mut text = graphs::spec_of(n, |_, _| false);
    text.push_str(&format!(
        "quota \"vcpus\" {{\n  provider = \"azure\"\n  max = {max}\n}}\n"
    ));
    sources_of(text)
}

fn time_choice(bencher: divan::Bencher<'_, '_>, sources: &Sources) {
    let catalog = catalog();
    let project = project(sources);
    bencher.bench(|| {
        let (plan, _) = planning::plan(&project, &catalog, sources, &planning::Options::default());
        assert!(plan.is_some(), "it plans");
        plan
    });
}

#[divan::bench(args = [3, 10, 50, 1000], sample_count = 10)]
fn choose_on_a_chain(bencher: divan::Bencher<'_, '_>, n: usize) {
    time_choice(bencher, &sources_of(graphs::chain(n)));
}

#[divan::bench(args = [10, 20, 60], sample_count = 10)]
fn choose_on_a_diamond(bencher: divan::Bencher<'_, '_>, n: usize) {
    time_choice(bencher, &sources_of(graphs::diamond(n)));
}

/// Stages, and one in how many pairs of them is joined by data.
#[divan::bench(args = [(10, 3), (20, 7), (20, 3), (60, 20)], sample_count = 10)]
fn choose_on_a_graph(bencher: divan::Bencher<'_, '_>, (n, sparsity): (usize, u64)) {
    time_choice(bencher, &graph(n, sparsity));
}

#[divan::bench(args = [8, 15], sample_count = 10)]
fn choose_under_one_quota(bencher: divan::Bencher<'_, '_>, n: usize) {
    time_choice(bencher, &competing(n));
}

fn project(sources: &Sources) -> Project {
    spec::load(sources, &spec::Inputs::default())
        .0
        .expect("the example is valid")
}

#[divan::bench]
fn load_catalog() -> Catalog {
    catalog()
}

#[divan::bench]
fn read_and_check_spec() -> Project {
    project(&sources())
}

#[divan::bench]
fn choose_and_price(bencher: divan::Bencher<'_, '_>) {
    let (catalog, sources) = (catalog(), sources());
    let project = project(&sources);
    bencher.bench(|| planning::plan(&project, &catalog, &sources, &planning::Options::default()));
}

#[divan::bench]
fn print_table(bencher: divan::Bencher<'_, '_>) {
    let (catalog, sources) = (catalog(), sources());
    let plan = planning::plan(
        &project(&sources),
        &catalog,
        &sources,
        &planning::Options::default(),
    )
    .0
    .expect("it plans");
    bencher.bench(|| render::plan::human(&plan, 80, &Palette::PLAIN));
}

#[divan::bench]
fn print_json(bencher: divan::Bencher<'_, '_>) {
    let (catalog, sources) = (catalog(), sources());
    let plan = planning::plan(
        &project(&sources),
        &catalog,
        &sources,
        &planning::Options::default(),
    )
    .0
    .expect("it plans");
    bencher.bench(|| render::plan::json(&plan).to_string());
}
