//! `mlinfra diff OLD NEW`: two folders, two specs.

use serde_json::Value;

use super::repository::{SPEC, diff_in};

struct Folders(tempfile::TempDir);

impl Folders {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    #[track_caller]
    fn diff(&self, arguments: &[&str]) -> crate::cli::Finished {
        diff_in(self.0.path(), arguments).run()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.diff(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

const MAIN: &str = "main.mlinfra.hcl";

fn two(new: &str) -> Folders {
    let (old, path) = (format!("old/{MAIN}"), format!("new/{MAIN}"));
    Folders::new(&[(&old, SPEC), (&path, new)])
}

#[test]
fn the_difference_is_printed_with_its_cause() {
    let folders = two(&SPEC.replace("10GiB", "20GiB"));
    let ran = folders.diff(&["old", "new"]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn nothing_differs_from_itself() {
    let folders = two(SPEC);
    let ran = folders.diff(&["old", "new", "--detailed-exitcode"]);
    assert_eq!((ran.code, &*ran.stderr), (0, ""));
    assert!(ran.stdout.contains("stays at USD"), "{}", ran.stdout);
    let none = folders.json(&["old", "new", "--changed-only"]);
    assert_eq!(none["specs"], Value::Array(vec![]));
}

#[test]
fn a_difference_can_be_asked_for_by_the_exit_code() {
    let folders = two(&SPEC.replace("10GiB", "20GiB"));
    let ran = folders.diff(&["old", "new", "--detailed-exitcode"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

#[test]
fn specs_below_two_folders_are_held_against_each_other_by_their_paths() {
    let folders = Folders::new(&[
        (&format!("old/a/{MAIN}"), SPEC),
        (&format!("old/b/c/{MAIN}"), SPEC),
        (&format!("old/.hidden/{MAIN}"), SPEC),
        (&format!("new/a/{MAIN}"), SPEC),
        (&format!("new/d/{MAIN}"), SPEC),
    ]);
    let review = folders.json(&["old", "new", "--valid-at", "2026-11-21T10:00:00.5+01:00"]);
    assert_eq!(review["valid_at"], "2026-11-21T09:00:00Z");
    let specs = review["specs"].as_array().unwrap();
    let found: Vec<[&str; 3]> = specs
        .iter()
        .map(|s| {
            let status = |side: &str| s[side]["made"]["status"].as_str().unwrap();
            [s["spec"].as_str().unwrap(), status("base"), status("head")]
        })
        .collect();
    assert_eq!(
        found,
        [
            ["new/a", "planned", "planned"],
            ["new/b/c", "planned", "absent"],
            ["new/d", "absent", "planned"]
        ]
    );
}

#[test]
fn a_file_gets_the_review_as_json_beside_what_is_printed() {
    let folders = two(&SPEC.replace("10GiB", "20GiB"));
    let ran = folders.diff(&["old", "new", "-o", "review.json"]);
    assert_eq!(ran.stderr, "Wrote the review to review.json.\n");
    assert!(
        ran.stdout.starts_with("Monthly cost of reports"),
        "{}",
        ran.stdout
    );
    let written = std::fs::read_to_string(folders.0.path().join("review.json")).unwrap();
    let review: mlinfra::review::Review = serde_json::from_str(&written).unwrap();
    assert_eq!(review.specs.len(), 1);
    let ran = folders.diff(&["old", "new", "--json", "-o", "again.json"]);
    assert_eq!(ran.stdout, "");
}

#[test]
fn reviews_keep_to_their_schema_and_read_back_as_they_were() {
    let folders = two(&SPEC.replace("100GiB", "200GiB").replace("16", "64"));
    let review = folders.json(&["old", "new"]);
    let validator = jsonschema::validator_for(&mlinfra::render::review::schema()).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&review)
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let read: mlinfra::review::Review = serde_json::from_value(review.clone()).unwrap();
    assert_eq!(mlinfra::render::review::json(&read), review);
}

#[test]
fn what_is_neither_a_spec_nor_a_plan_is_told() {
    let folders = two(SPEC);
    std::fs::write(folders.0.path().join("list.json"), "[1]").unwrap();
    let ran = folders.diff(&["list.json", "new"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("diff::wrong-plan"), "{}", ran.stderr);
    let ran = folders.diff(&["old", "list.json"]);
    assert_eq!(ran.code, 10);
    let ran = folders.diff(&["nowhere", "new"]);
    assert_eq!(ran.code, 10);
    assert!(ran.stderr.contains("spec::not-readable"), "{}", ran.stderr);
}

#[test]
fn text_of_a_spec_is_shown_and_never_obeyed() {
    let hostile = SPEC.replace(
        "project \"reports\" {}",
        "project \"reports\" {\n  owner = \"\\u001b[31m\\u202e@everyone\"\n}",
    );
    let folders = two(&hostile);
    let ran = folders.diff(&["old", "new"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        !ran.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("\\u{1b}[31m\\u{202e}@everyone"),
        "{}",
        ran.stdout
    );
}
