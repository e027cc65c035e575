//! The folder.

use std::fs;
use std::sync::Arc;

use mlinfra_provider_api::{Provider as _, ProviderError, ProviderErrorKind, Response};
use mlinfra_provider_sandbox::{ManualClock, Sandbox, SandboxError};

use crate::support::{block_on, desired, key, nodes};

fn open(folder: &tempfile::TempDir) -> Result<Sandbox, SandboxError> {
    Sandbox::open(folder.path(), Arc::new(ManualClock::default()))
}

#[test]
fn what_one_process_made_the_next_finds() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder).unwrap();
    let made = block_on(first.ensure(&key(1), &nodes("train", 2, "spot"))).unwrap();
    drop(first);
    let second = open(&folder).unwrap();
    assert_eq!(second.objects().unwrap(), std::slice::from_ref(&made));
    let again = block_on(second.ensure(&key(1), &nodes("train", 2, "spot"))).unwrap();
    assert_eq!(again, made);
}

#[test]
fn calls_are_counted_across_processes() {
    let folder = tempfile::tempdir().unwrap();
    let rules = r#"{"faults": [{"when": {"calls": [3]}, "fault": {"error": "unavailable"}}]}"#;
    fs::write(folder.path().join("script.json"), rules).unwrap();
    let read = || {
        let sandbox = open(&folder).unwrap();
        let id = block_on(sandbox.ensure(&key(1), &desired("network", "n", "{}")));
        id.is_ok()
    };
    assert_eq!([read(), read(), read(), read()], [true, true, false, true]);
}

#[test]
fn files_that_cannot_be_understood_are_refused_and_left_alone() {
    for (file, text, expected) in [
        (
            "cloud.json",
            "",
            "isn't a file that the sandbox understands",
        ),
        (
            "cloud.json",
            "{",
            "isn't a file that the sandbox understands",
        ),
        (
            "cloud.json",
            r#"{"format_version": 1}"#,
            "isn't a file that",
        ),
        (
            "cloud.json",
            r#"{"format_version": 2}"#,
            "has format version 2",
        ),
        (
            "script.json",
            r#"{"sed": 1}"#,
            "isn't a file that the sandbox understands",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(file), text).unwrap();
        let error = open(&folder).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap(), text);
    }
}

#[test]
fn a_file_that_is_damaged_meanwhile_is_for_a_person_to_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = open(&folder).unwrap();
    fs::write(folder.path().join("cloud.json"), "{").unwrap();
    let error = block_on(sandbox.ensure(&key(1), &nodes("train", 2, "spot"))).unwrap_err();
    assert_eq!(error.kind.response(), Response::AskUser);
    assert!(error.message.contains("cloud.json"), "{error}");
}

#[test]
fn a_folder_that_is_gone_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = open(&folder).unwrap();
    fs::remove_dir_all(folder.path()).unwrap();
    let error = block_on(sandbox.ensure(&key(1), &nodes("train", 2, "spot"))).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Unavailable);
}

#[test]
fn a_change_that_may_not_be_on_disk_is_an_unknown_outcome() {
    let error = SandboxError::Unsynced {
        path: "cloud".into(),
        source: std::io::Error::other("disk gone"),
    };
    let error = ProviderError::from(error);
    assert_eq!(error.kind, ProviderErrorKind::OutcomeUnknown);
    assert_eq!(
        error.message,
        "cannot make sure that cloud is on disk: disk gone"
    );
}

#[test]
fn what_a_dead_writer_left_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cloud.json.next"), "{\"half").unwrap();
    let sandbox = open(&folder).unwrap();
    block_on(sandbox.ensure(&key(1), &nodes("train", 2, "spot"))).unwrap();
    assert_eq!(sandbox.objects().unwrap().len(), 1);
    assert!(!folder.path().join("cloud.json.next").exists());
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = open(&folder).unwrap();
    let want = nodes("train", 2, "spot");
    block_on(sandbox.ensure(&key(1), &want)).unwrap();
    let before = fs::read_to_string(folder.path().join("cloud.json")).unwrap();
    block_on(sandbox.ensure(&key(1), &want)).unwrap();
    assert!(before.contains("\"serial\": 1,"), "{before}");
    let after = fs::read_to_string(folder.path().join("cloud.json")).unwrap();
    assert_eq!(after, before);
}

#[test]
fn a_change_of_another_process_is_seen_though_the_file_is_as_long_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (open(&folder).unwrap(), open(&folder).unwrap());
    let template = |image: &str| {
        let image = format!(r#"{{"image": "{image}"}}"#);
        desired("launch-template", "l", &image)
    };
    let id = block_on(ours.ensure(&key(1), &template("a"))).unwrap().id;
    block_on(ours.ensure(&key(2), &template("b"))).unwrap();
    let length = || {
        fs::metadata(folder.path().join("cloud.json"))
            .unwrap()
            .len()
    };
    let before = length();
    let changed = crate::support::attributes(r#"{"image": "c"}"#);
    theirs.change(&id, &changed).unwrap();
    assert_eq!(length(), before);
    let seen = block_on(ours.read(&id)).unwrap().unwrap();
    assert_eq!(seen.attributes["image"], "c");
}
