//! One fact of planning each: a spec over a tiny catalog, and what is printed for it.
//!
//! A folder of `tests/scenarios` is a sentence with its spec and the expected text; adding one takes
//! no Rust. `MLINFRA_UPDATE=1` writes the texts anew, to be read in review.

use std::path::{Path, PathBuf};

use mlinfra::catalog::Catalog;
use mlinfra::catalog::text::{Digests, assemble};
use mlinfra::diagnostics::Sources;
use mlinfra::render::style::Palette;
use mlinfra::{planning, render, spec, store};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// The tiny catalog of all scenarios.
pub(super) fn catalog() -> Catalog {
    let texts = store::catalogs::read(&root().join("catalogs"), Digests::Check).unwrap();
    Catalog::new(assemble(&texts).unwrap())
}

/// What `mlinfra plan` prints of a scenario on both streams.
fn printed(folder: &Path, catalog: &Catalog) -> String {
    let name = "main.mlinfra.hcl";
    let mut sources = Sources::new();
    sources.add(name, std::fs::read_to_string(folder.join(name)).unwrap());
    let (project, mut diagnostics) = spec::load(&sources, &spec::Inputs::default());
    let plan = project.and_then(|project| {
        let (plan, found) =
            planning::plan(&project, catalog, &sources, &planning::Options::default());
        diagnostics.extend(found);
        plan
    });
    let plan = plan.map(|plan| render::plan::human(&plan, 80, &Palette::PLAIN));
    format!(
        "{}{}",
        plan.unwrap_or_default(),
        render::diagnostics::human(&diagnostics, &sources)
    )
}

#[test]
fn every_scenario_prints_what_is_expected() {
    let catalog = catalog();
    let mut folders: Vec<PathBuf> = std::fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("main.mlinfra.hcl").is_file())
        .collect();
    folders.sort();
    assert!(folders.len() >= 12, "{}", folders.len());
    let mut differ = Vec::new();
    for folder in folders {
        let file = folder.join("expected.txt");
        let actual = printed(&folder, &catalog);
        if std::env::var_os("MLINFRA_UPDATE").is_some() {
            std::fs::write(&file, &actual).unwrap();
        }
        if std::fs::read_to_string(&file).unwrap_or_default() != actual {
            differ.push(format!("{}\n{actual}", folder.display()));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}
