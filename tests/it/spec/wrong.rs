//! `tests/specs/wrong/NAME.hcl` is a wrong spec, `NAME.expected` what is said of it.
//!
//! `UPDATE_EXPECT=1` writes the expectations; read them in review like code.

use std::collections::BTreeSet;
use std::path::PathBuf;

use mlinfra::diagnostics::Sources;
use mlinfra::render::diagnostics::human;
use mlinfra::spec::{Inputs, load};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/specs/wrong")
}

fn specs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let paths = entries.map(|e| e.unwrap().path());
    let mut specs: Vec<_> = paths
        .filter(|p| p.extension().is_some_and(|e| e == "hcl"))
        .collect();
    specs.sort();
    specs
}

#[test]
fn every_wrong_spec_is_told_what_is_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut different = Vec::new();
    for path in specs() {
        let mut sources = Sources::new();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        sources.add(name.clone(), std::fs::read_to_string(&path).unwrap());
        let (project, diagnostics) = load(&sources, &Inputs::default());
        assert!(project.is_none(), "{name} is valid");
        let told = human(&diagnostics, &sources);
        let expected = path.with_extension("expected");
        if update {
            std::fs::write(&expected, &told).unwrap();
        }
        if std::fs::read_to_string(&expected).unwrap_or_default() != told {
            different.push(format!("{name}:\n{told}"));
        }
    }
    assert!(
        different.is_empty(),
        "UPDATE_EXPECT=1 accepts\n{}",
        different.join("\n")
    );
}

#[test]
fn there_are_thirty_wrong_specs_at_least_and_no_expectation_without_one() {
    assert!(specs().len() >= 30);
    let names = |extension: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(folder()).unwrap();
        let paths = entries.map(|e| e.unwrap().path());
        paths
            .filter(|p| p.extension().is_some_and(|e| e == extension))
            .map(|p| p.file_stem().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(names("hcl"), names("expected"));
}
