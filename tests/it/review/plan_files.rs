//! Plans as files: read back as they were, and compared without their specs.

use std::path::Path;

use mlinfra::catalog::Catalog;
use mlinfra::planning::plan::Plan;
use mlinfra::render::plan::{NoPlan, json, read};
use mlinfra::{planning, spec, store};
use serde_json::Value;

use super::repository::{SPEC, diff_in};
use crate::cli::mlinfra;

fn plan_of(folder: &Path, catalog: &Catalog) -> Plan {
    let sources = store::spec_files::read(folder).unwrap();
    let project = spec::load(&sources, &spec::Inputs::default()).0.unwrap();
    let options = planning::Options::default();
    let (plan, _) = planning::plan(&project, catalog, &sources, &options);
    plan.unwrap()
}

#[test]
fn every_examples_plan_survives_being_written_and_read() {
    let catalog = Catalog::embedded().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut read_back = 0;
    for example in std::fs::read_dir(examples).unwrap() {
        let folder = example.unwrap().path();
        if !folder.join("main.mlinfra.hcl").is_file() {
            continue;
        }
        let written = json(&plan_of(&folder, &catalog));
        let plan = read(&written).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        assert_eq!(json(&plan), written, "{}", folder.display());
        read_back += 1;
    }
    assert!(read_back >= 9, "{read_back}");
}

#[test]
fn what_was_changed_since_or_is_no_plan_is_refused() {
    let catalog = Catalog::embedded().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/minimal");
    let written = json(&plan_of(&folder, &catalog));
    let mut other = written.clone();
    other["costs"]["total"] = Value::from("0.01");
    assert_eq!(read(&other).unwrap_err(), NoPlan::Changed);
    other = written.clone();
    other["format_version"] = Value::from("2.0");
    assert_eq!(read(&other).unwrap_err(), NoPlan::OtherFormat);
    other = written;
    other.as_object_mut().unwrap().remove("stages");
    let other = mlinfra::render::plan::sealed(other);
    assert!(matches!(read(&other), Err(NoPlan::NotWhole { .. })));
}

#[test]
fn two_plan_files_are_compared_by_their_lines_and_digests() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, text) in [
        ("old", SPEC.to_owned()),
        ("new", SPEC.replace("10GiB", "20GiB")),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("main.mlinfra.hcl"), text).unwrap();
        let file = format!("{name}.json");
        let ran = mlinfra(["plan", name, "-o", &file]).in_dir(folder).run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let review = |old: &str, new: &str| -> Value {
        let ran = diff_in(folder, &[old, new, "--json"]).run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let files = review("old.json", "new.json");
    let spec = &files["specs"][0];
    let changes = spec["spec_changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["address"], "stage.report");
    assert!(
        changes[0]["before"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    for (old, new) in [("old", "new"), ("old.json", "new"), ("old", "new.json")] {
        let other = review(old, new);
        assert_eq!(
            other["specs"][0]["difference"], spec["difference"],
            "{old} {new}"
        );
    }
}
