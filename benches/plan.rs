//! Where the time of `mlinfra plan` goes, part by part, over the embedded catalogs.
//!
//! Run with `cargo bench --bench plan`. The whole process also starts, maps the
//! program and prints, and is timed from outside.

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::model::Project;
use mlinfra::render::style::Palette;
use mlinfra::{planning, render, spec, store};

fn main() {
    divan::main();
}

fn catalog() -> Catalog {
    Catalog::embedded().expect("the embedded catalog is sound")
}

fn sources() -> Sources {
    store::spec_files::read("examples/recommender".as_ref()).expect("the example is there")
}

/// A spec of `n` stages over every region, each reading from those that `reads` tells.
fn spec_of(n: usize, mut reads: impl FnMut(usize, usize) -> bool) -> Sources {
    let mut text = String::from("project \"graph\" {}\n");
    for i in 0..n {
        let reads: String = (0..i)
            .filter(|from| reads(*from, i))
            .map(|from| format!("    r{from} = {{ from = stage.s{from}.output.o }}\n"))
            .collect();
        let vcpus = 4 << (i % 5);
        text.push_str(&format!(
            "stage \"s{i}\" {{\n  kind = \"data-processing\"\n  reads = {{\n{reads}  }}\n  \
             requirements {{\n    vcpus = {vcpus}\n  }}\n  run {{\n    duration = \"2h\"\n    \
             runs_per_month = 30\n  }}\n  output \"o\" {{\n    size = \"100GiB\"\n  }}\n}}\n"
        ));
    }
    let mut sources = Sources::new();
    sources.add("graph.mlinfra.hcl", text);
    sources
}

/// Each stage reads from each earlier one with a chance of one in `sparsity`, by a fixed generator,
/// so that every run times the same graph.
fn graph(n: usize, sparsity: u64) -> Sources {
    let mut state = 42u64;
    spec_of(n, |_, _| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33).is_multiple_of(sparsity)
    })
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

#[divan::bench(args = [3, 50, 1000], sample_count = 10)]
fn choose_on_a_chain(bencher: divan::Bencher<'_, '_>, n: usize) {
    time_choice(bencher, &spec_of(n, |from, to| from + 1 == to));
}

/// Stages, and one in how many pairs of them is joined by data.
#[divan::bench(args = [(20, 7), (20, 3), (60, 20)], sample_count = 10)]
fn choose_on_a_graph(bencher: divan::Bencher<'_, '_>, (n, sparsity): (usize, u64)) {
    time_choice(bencher, &graph(n, sparsity));
}

/// A stage that many read, and one that reads them all.
#[divan::bench(args = [10, 20, 60], sample_count = 10)]
fn choose_on_a_diamond(bencher: divan::Bencher<'_, '_>, n: usize) {
    time_choice(bencher, &spec_of(n, |from, to| from == 0 || to + 1 == n));
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
