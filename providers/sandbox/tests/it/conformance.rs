//! The suite that every backend runs.

use std::sync::Arc;
use std::time::Duration;

use mlinfra_provider_api::conformance::{Sample, Sleep, Slept, check};
use mlinfra_provider_api::{Desired, ObjectId, OwnerTag};
use mlinfra_provider_sandbox::{Clock as _, ManualClock, Sandbox, SystemClock};

use crate::support::{attributes, block_on, desired, nodes, script};

fn sample(desired: Desired, changed: &str) -> Sample {
    Sample {
        missing: ObjectId {
            kind: desired.kind.clone(),
            scope: desired.scope.clone(),
            id: "none".to_owned(),
        },
        desired,
        changed: Some(attributes(changed)),
        remembers_keys: true,
        stranger: OwnerTag::new("stranger", "0").unwrap(),
    }
}

/// One sample of each kind.
fn samples() -> Vec<Sample> {
    let labels = r#"{"labels": {"team": "vision"}}"#;
    vec![
        sample(desired("network", "n", "{}"), labels),
        sample(
            desired("security-group", "s", r#"{"rules": [{"port": 22}]}"#),
            r#"{"rules": []}"#,
        ),
        sample(
            desired("launch-template", "l", r#"{"image": "a"}"#),
            r#"{"image": "b"}"#,
        ),
        sample(
            desired("placement-group", "p", r#"{"strategy": "cluster"}"#),
            labels,
        ),
        sample(
            desired("volume", "v", r#"{"zone": "home-1a", "size_gib": 10}"#),
            r#"{"size_gib": 20}"#,
        ),
        sample(nodes("train", 4, "spot"), labels),
    ]
}

fn run(sandbox: &Sandbox, sample: &Sample, sleep: Sleep<'_>) {
    let checked = block_on(check(sandbox, sample, sleep));
    if let Err(violation) = checked {
        let source = std::error::Error::source(&violation);
        panic!("{}: {violation}: {source:?}", sample.desired.kind);
    }
}

/// A script in which every kind takes its time.
fn slow() -> String {
    let kinds = samples().into_iter().map(|s| s.desired.kind);
    let kinds: Vec<String> = kinds
        .map(|kind| format!(r#""{kind}": {{"create_ms": 30000, "remove_ms": 20000}}"#))
        .collect();
    format!(r#"{{"latency": {{{}}}}}"#, kinds.join(","))
}

#[test]
fn every_kind_conforms_at_once_and_slowly_in_memory() {
    for json in ["{}", &slow()] {
        for sample in samples() {
            let clock = ManualClock::default();
            let shared = Arc::new(clock.clone());
            let sandbox = Sandbox::in_memory(script(json), shared);
            let sleep = |time: Duration| -> Slept { clock.sleep(time) };
            run(&sandbox, &sample, &sleep);
            assert_eq!(sandbox.objects().unwrap(), []);
        }
    }
}

#[test]
fn every_kind_conforms_in_a_folder() {
    for json in ["{}", &slow()] {
        for sample in samples() {
            let folder = tempfile::tempdir().unwrap();
            let clock = ManualClock::default();
            let shared = Arc::new(clock.clone());
            let sandbox = Sandbox::open(folder.path(), shared).unwrap();
            let sandbox = sandbox.with_script(script(json));
            let sleep = |time: Duration| -> Slept { clock.sleep(time) };
            run(&sandbox, &sample, &sleep);
            assert_eq!(sandbox.objects().unwrap(), []);
        }
    }
}

#[test]
fn it_conforms_by_the_machines_clock_with_delays() {
    let rules = r#"{
        "latency": {"nodes": {"create_ms": 20, "remove_ms": 20}},
        "faults": [{"fault": {"delay": {"ms": 1}}}]
    }"#;
    let sandbox = Sandbox::in_memory(script(rules), Arc::new(SystemClock));
    let sleep = |_: Duration| -> Slept { SystemClock.sleep(Duration::from_millis(5)) };
    run(&sandbox, &sample(nodes("train", 2, "spot"), "{}"), &sleep);
    assert_eq!(sandbox.objects().unwrap(), []);
}

#[test]
fn the_suite_can_fail() {
    // The second of two calls with one key has an error.
    let rules = r#"{"faults": [
        {"operation": "ensure", "when": {"calls": [2]}, "fault": {"error": "unavailable"}}
    ]}"#;
    let clock = ManualClock::default();
    let sandbox = Sandbox::in_memory(script(rules), Arc::new(clock.clone()));
    let sleep = |time: Duration| -> Slept { clock.sleep(time) };
    let sample = sample(desired("network", "n", "{}"), "{}");
    let violation = block_on(check(&sandbox, &sample, &sleep)).unwrap_err();
    assert_eq!(
        violation.to_string(),
        "two calls with one key: the call failed"
    );
}
