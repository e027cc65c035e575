//! Where the time of `mlinfra plan` goes, part by part, over the embedded catalogs.
//!
//! Run with `cargo bench`.

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
    bencher.bench(|| planning::plan(&project, &catalog, &sources));
}

#[divan::bench]
fn print_table(bencher: divan::Bencher<'_, '_>) {
    let (catalog, sources) = (catalog(), sources());
    let plan = planning::plan(&project(&sources), &catalog, &sources)
        .0
        .expect("it plans");
    bencher.bench(|| render::plan::human(&plan, 80, &Palette::PLAIN));
}

#[divan::bench]
fn print_json(bencher: divan::Bencher<'_, '_>) {
    let (catalog, sources) = (catalog(), sources());
    let plan = planning::plan(&project(&sources), &catalog, &sources)
        .0
        .expect("it plans");
    bencher.bench(|| render::plan::json(&plan).to_string());
}
