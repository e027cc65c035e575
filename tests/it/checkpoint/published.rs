//! Counts of parameters against published ones.

use std::fs;
use std::path::Path;

use mlinfra::checkpoint::{self, Checkpoint};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models")
}

#[track_caller]
pub(super) fn published(name: &str) -> Checkpoint {
    let text = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    checkpoint::read(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn counted_parameters_are_those_published() {
    let table = fs::read_to_string(folder().join("counts.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut models = 0;
    for row in table.lines().skip(2) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [name, count, certainty] = cells[..] else {
            panic!("{row}")
        };
        let expected: u64 = count.parse().unwrap();
        let counted = published(name).census.total;
        println!("{name:28} {counted:>16} {certainty:6} {expected:>16}");
        let holds = match certainty {
            "exact" => counted == expected,
            "near" => counted.abs_diff(expected) <= expected / 200,
            other => panic!("{other}"),
        };
        if !holds {
            wrong.push(format!("{name}: {counted}, published {expected}"));
        }
        models += 1;
    }
    assert_eq!(wrong, Vec::<String>::new());
    let files = fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, models + 1, "each file has a row");
}
