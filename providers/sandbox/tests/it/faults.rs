//! What the script makes go wrong.

use std::time::Duration;

use mlinfra_provider_api::{Condition, Provider as _, ProviderErrorKind, Response};
use mlinfra_provider_sandbox::{Script, ScriptedError};

use crate::support::{Bench, block_on, key, nodes, owner};

#[test]
fn each_closed_kind_can_be_had_and_has_no_effect() {
    let kinds = [
        (
            r#"{"throttled": {"retry_after_ms": 250}}"#,
            "throttled",
            Response::Retry,
        ),
        (r#""unavailable""#, "unavailable", Response::Retry),
        (
            r#"{"capacity": {"scope": "home-1a"}}"#,
            "capacity",
            Response::FallBack,
        ),
        (
            r#"{"quota": {"name": "q", "limit": 1}}"#,
            "quota",
            Response::AskUser,
        ),
        (
            r#"{"unauthorized": {"action": "nodes:create"}}"#,
            "unauthorized",
            Response::AskUser,
        ),
        (
            r#"{"invalid": {"attribute": "zone"}}"#,
            "invalid",
            Response::AskUser,
        ),
        (r#""conflict""#, "conflict", Response::ReadThenRetry),
        (r#""unsupported""#, "unsupported", Response::Bug),
        (
            r#""outcome-unknown""#,
            "outcome-unknown",
            Response::ReadThenRetry,
        ),
    ];
    for (json, slug, response) in kinds {
        let bench = Bench::new(&format!(
            r#"{{"faults": [{{"operation": "ensure", "when": {{"calls": [1]}}, "fault": {{"error": {json}}}}}]}}"#
        ));
        let error = bench
            .ensure_by(&key(9), &nodes("train", 1, "spot"))
            .unwrap_err();
        assert_eq!((error.kind.slug(), error.kind.response()), (slug, response));
        assert_eq!(bench.names(), [""; 0]);
        bench
            .ensure_by(&key(9), &nodes("train", 1, "spot"))
            .unwrap();
        assert_eq!(bench.names(), ["train"]);
    }
}

#[test]
fn a_throttled_call_says_how_long_to_wait() {
    let throttled = ScriptedError::Throttled {
        retry_after_ms: Some(250),
    };
    let retry_after = Some(Duration::from_millis(250));
    assert_eq!(
        ProviderErrorKind::from(&throttled),
        ProviderErrorKind::Throttled { retry_after }
    );
}

#[test]
fn a_lost_answer_leaves_an_object_that_its_key_and_its_owner_find() {
    let bench = Bench::new(
        r#"{"faults": [{"operation": "ensure", "when": {"first": 1}, "fault": "lose-answer"}]}"#,
    );
    let want = nodes("train", 1, "spot");
    let error = bench.ensure_by(&key(9), &want).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::OutcomeUnknown);
    let listed = block_on(bench.sandbox.list(&owner())).unwrap();
    assert_eq!((listed.len(), listed[0].op_key), (1, Some(key(9))));
    assert_eq!(
        bench.ensure_by(&key(9), &want).unwrap().id,
        listed[0].id.clone()
    );
    assert_eq!(bench.names(), ["train"]);
}

#[test]
fn a_lost_removal_has_removed() {
    let bench = Bench::new(
        r#"{"faults": [{"operation": "remove", "kind": "nodes", "fault": "lose-answer"}]}"#,
    );
    let id = bench.ensure(&nodes("train", 1, "spot")).unwrap().id;
    assert_eq!(
        bench.remove(&id).unwrap_err().kind,
        ProviderErrorKind::OutcomeUnknown
    );
    assert_eq!(bench.read(&id), None);
}

#[test]
fn a_delay_passes_before_the_effect() {
    let bench =
        Bench::new(r#"{"faults": [{"operation": "ensure", "fault": {"delay": {"ms": 700}}}]}"#);
    let made = bench.ensure(&nodes("train", 1, "spot")).unwrap();
    assert_eq!(bench.now(), Duration::from_millis(700));
    assert_eq!(made.attributes["created_at_ms"], 700);
}

#[test]
fn a_zone_can_be_refused_by_name_and_an_object_by_its_own() {
    let bench = Bench::new(
        r#"{"faults": [
            {"zone": "home-1a", "object": "big", "fault": {"error": {"capacity": {"scope": "home-1a"}}}}
        ]}"#,
    );
    assert_eq!(
        bench
            .ensure(&nodes("big", 1, "spot"))
            .unwrap_err()
            .kind
            .response(),
        Response::FallBack
    );
    bench.ensure(&nodes("small", 1, "spot")).unwrap();
    let mut moved = nodes("big", 1, "spot");
    moved.attributes.insert("zone".to_owned(), "home-1b".into());
    bench.ensure(&moved).unwrap();
}

#[test]
fn nodes_can_break_before_or_after_they_are_ready() {
    for (after_ms, first) in [(0, "failed"), (60_000, "creating")] {
        let bench = Bench::new(&format!(
            r#"{{
                "latency": {{"nodes": {{"create_ms": 1000}}}},
                "faults": [{{"kind": "nodes", "fault": {{"break": {{"after_ms": {after_ms}, "reason": "Xid 79"}}}}}}]
            }}"#
        ));
        let made = bench.ensure(&nodes("train", 1, "spot")).unwrap();
        let failed = Condition::Failed {
            reason: "Xid 79".to_owned(),
        };
        let expected = if first == "failed" {
            failed.clone()
        } else {
            Condition::Creating
        };
        assert_eq!(made.condition, expected);
        bench.pass(60_000);
        assert_eq!(bench.read(&made.id).unwrap().condition, failed);
    }
}

#[test]
fn equal_seeds_give_equal_faults_and_other_seeds_others() {
    let outcomes = |seed: u64| -> Vec<bool> {
        let bench = Bench::new(&format!(
            r#"{{"seed": {seed}, "faults": [{{"when": {{"per-mille": 500}}, "fault": {{"error": "unavailable"}}}}]}}"#
        ));
        let want = nodes("train", 1, "spot");
        (0..64).map(|_| bench.ensure(&want).is_ok()).collect()
    };
    assert_eq!(outcomes(1), outcomes(1));
    assert_ne!(outcomes(1), outcomes(2));
}

#[test]
fn a_script_is_read_back_as_it_was_written_and_slips_are_refused() {
    let json = r#"{
        "seed": 3,
        "zones": {"home-1": ["home-1a"]},
        "faults": [
            {"name": "one", "operation": "list", "when": {"per-mille": 5}, "fault": {"error": "conflict"}},
            {"fault": {"break": {"after_ms": 1, "reason": "r"}}}
        ]
    }"#;
    let script: Script = serde_json::from_str(json).unwrap();
    let written = serde_json::to_string(&script).unwrap();
    assert_eq!(serde_json::from_str::<Script>(&written).unwrap(), script);
    for wrong in [
        r#"{"sed": 3}"#,
        r#"{"faults": [{"fault": "explode"}]}"#,
        r#"{"faults": [{"operation": "create", "fault": "lose-answer"}]}"#,
        r#"{"latency": {"Nodes": {}}}"#,
    ] {
        assert!(serde_json::from_str::<Script>(wrong).is_err(), "{wrong}");
    }
}
