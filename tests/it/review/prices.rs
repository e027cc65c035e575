//! Other catalogs on the two sides: of the revision, by name, and by lock files.

use std::path::Path;

use mlinfra::units::Money;
use serde_json::Value;

use super::repository::Repository;
use crate::cli::mlinfra;

/// A job that the cheapest type of the tiny catalogs does.
const SPEC: &str = r#"
project "tiny" {}

stage "report" {
  kind = "data-processing"

  requirements {
    vcpus      = 2
    cpu_vendor = ["intel"]
    capacity   = ["on-demand"]
    locations  = ["aws/us-east-1"]
    max_nodes  = 1
  }

  run {
    duration       = "2h"
    runs_per_month = 30
  }

  output "table" {
    size = "100GB"
  }
}
"#;

/// A repository with a spec and the tiny catalogs, all committed.
fn repository() -> Option<Repository> {
    let repository = Repository::new()?;
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/catalogs");
    copy(&tiny, &repository.path().join("catalogs"));
    repository.write("tiny/main.mlinfra.hcl", SPEC);
    repository.write(".gitignore", ".mlinfra/\n");
    repository.commit("spec and catalogs");
    Some(repository)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Changes a text of the catalogs and writes their manifests anew.
fn reprice(repository: &Repository, file: &str, from: &str, to: &str) {
    let path = repository.path().join("catalogs").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
    let catalogs = repository.path().join("catalogs");
    let catalogs = catalogs.to_str().unwrap();
    let ran = mlinfra(["catalog", "compile", "--seal", catalogs]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[track_caller]
fn review(repository: &Repository, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--json"]].concat();
    let ran = repository.diff(&arguments).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let review: Value = serde_json::from_str(&ran.stdout).unwrap();
    review["specs"][0].clone()
}

const BASE: [&str; 4] = ["--base", "HEAD", "--catalogs", "catalogs"];

fn usd(value: &Value) -> i128 {
    let money: Money = serde_json::from_value(value.clone()).unwrap();
    money.micro_usd()
}

/// What a stage's compute costs on a side.
fn compute(spec: &Value, side: &str) -> i128 {
    usd(&spec[side]["made"]["plan"]["stages"][0]["costs"]["compute"])
}

#[test]
fn a_dearer_rate_of_the_same_is_put_down_to_prices() {
    let Some(repository) = repository() else {
        return;
    };
    let types = "aws/rates/us-east-1.tsv";
    reprice(
        &repository,
        types,
        "t3.xlarge\tuse1-az1\t0.01@a",
        "t3.xlarge\tuse1-az1\t0.012@a",
    );
    let spec = review(&repository, &BASE);
    let before = compute(&spec, "base");
    let difference = &spec["difference"];
    assert_eq!(usd(&difference["prices"]["compute"]) * 5, before);
    assert_eq!(usd(&difference["choice"]["total"]), 0);
    assert_eq!(usd(&difference["spec"]["total"]), 0);
    let reason = &spec["stages"][0]["reasons"][0];
    assert_eq!(reason["reason"], "rate");
    assert_eq!(reason["what"], "aws/us-east-1 use1-az1 t3.xlarge on-demand");
    assert_eq!(spec["catalog_changes"][0]["name"], "aws");
}

#[test]
fn a_rate_that_makes_something_else_the_best_is_prices_and_choice() {
    let Some(repository) = repository() else {
        return;
    };
    let types = "aws/rates/us-east-1.tsv";
    reprice(
        &repository,
        types,
        "t3.xlarge\tuse1-az1\t0.01@a",
        "t3.xlarge\tuse1-az1\t0.5@a",
    );
    let spec = review(&repository, &BASE);
    let (before, after) = (compute(&spec, "base"), compute(&spec, "head"));
    let difference = &spec["difference"];
    assert_eq!(usd(&difference["prices"]["compute"]), before * 49);
    assert_eq!(usd(&difference["choice"]["compute"]), after - before * 50);
    assert_eq!(usd(&difference["spec"]["total"]), 0);
    let reasons: Vec<&Value> = spec["stages"][0]["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    let reasons: Vec<&Value> = reasons.iter().map(|reason| &reason["reason"]).collect();
    assert_eq!(reasons, ["rate", "other-prices"]);
}

#[test]
fn an_offering_that_is_gone_is_a_choice() {
    let Some(repository) = repository() else {
        return;
    };
    let types = "aws/rates/us-east-1.tsv";
    reprice(
        &repository,
        types,
        "t3.xlarge\tuse1-az1\t0.01@a\t0.005@a\n",
        "",
    );
    let spec = review(&repository, &BASE);
    let (before, after) = (compute(&spec, "base"), compute(&spec, "head"));
    let difference = &spec["difference"];
    assert_eq!(usd(&difference["prices"]["total"]), 0);
    assert_eq!(usd(&difference["choice"]["compute"]), after - before);
}

#[test]
fn prices_and_spec_are_told_apart_in_one_stage() {
    let Some(repository) = repository() else {
        return;
    };
    reprice(
        &repository,
        "storage/storage.tsv",
        "aws/*\t0.02@s",
        "aws/*\t0.03@s",
    );
    repository.write("tiny/main.mlinfra.hcl", &SPEC.replace("100GB", "200GB"));
    let spec = review(&repository, &BASE);
    let difference = &spec["difference"];
    // 100 GB at a cent more, then 100 GB more at three cents.
    assert_eq!(usd(&difference["prices"]["storage"]), 1_000_000);
    assert_eq!(usd(&difference["spec"]["storage"]), 3_000_000);
}

#[test]
fn both_sides_have_the_same_catalogs_unless_the_revision_has_its_own() {
    let Some(repository) = repository() else {
        return;
    };
    let spec = review(&repository, &["--base", "HEAD"]);
    assert_eq!(spec["catalog_changes"], Value::Array(vec![]));
    let spec = review(&repository, &BASE);
    assert_eq!(spec["catalog_changes"], Value::Array(vec![]));
}

#[test]
fn a_lock_file_of_the_base_chooses_among_the_catalogs_at_hand() {
    let Some(repository) = repository() else {
        return;
    };
    let lock = || {
        let ran = mlinfra(["catalog", "lock", "tiny", "--catalogs", "catalogs"])
            .in_dir(&repository.path())
            .run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    };
    lock();
    repository.commit("locked");
    copy(
        &repository.path().join("catalogs"),
        &repository.path().join(".mlinfra/old"),
    );
    let types = "aws/rates/us-east-1.tsv";
    reprice(
        &repository,
        types,
        "t3.xlarge\tuse1-az1\t0.01@a",
        "t3.xlarge\tuse1-az1\t0.02@a",
    );
    let mismatch = repository.diff(&BASE).run();
    assert_eq!(mismatch.code, 1, "{}", mismatch.stderr);
    assert!(
        mismatch.stderr.contains("catalog::lock-mismatch"),
        "{}",
        mismatch.stderr
    );
    lock();
    let spec = review(&repository, &BASE);
    assert_eq!(
        usd(&spec["difference"]["prices"]["compute"]),
        compute(&spec, "base")
    );
    repository.git(&["rm", "-q", "-r", "--cached", "catalogs"]);
    repository.git(&["commit", "-q", "-m", "without catalogs", "--", "catalogs"]);
    let spec = review(&repository, &BASE);
    assert_eq!(usd(&spec["difference"]["prices"]["compute"]), 0);
    let note = spec["notes"][0].as_str().unwrap();
    assert!(note.contains("catalogs that aren't at hand"), "{note}");
    let named = [&BASE[..], &["--base-catalogs", ".mlinfra/old"]].concat();
    let spec = review(&repository, &named);
    assert_eq!(
        usd(&spec["difference"]["prices"]["compute"]),
        compute(&spec, "base")
    );
    assert_eq!(spec["notes"], Value::Array(vec![]));
}

#[test]
fn damaged_catalogs_of_a_revision_are_told_by_its_name() {
    let Some(repository) = repository() else {
        return;
    };
    let file = "catalogs/aws/rates/us-east-1.tsv";
    let text = std::fs::read_to_string(repository.path().join(file)).unwrap();
    repository.write(file, &text.replace("0.01@a", "0.02@a"));
    let damaged = repository.commit("damaged");
    repository.write(file, &text);
    let ran = repository.diff(&BASE).run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let expected = format!("{}:catalogs", &damaged[..12]);
    assert!(
        ran.stderr.contains("catalog::digest-mismatch"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
}
