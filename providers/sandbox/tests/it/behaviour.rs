//! Keys, names, owners, conditions and drift.

use mlinfra_provider_api::{Condition, ProviderErrorKind, Removal};
use mlinfra_provider_sandbox::SandboxError;
use serde_json::json;

use crate::support::{Bench, attributes, desired, key, nodes, owner};

const SLOW: &str = r#"{"latency": {"nodes": {"create_ms": 90000, "remove_ms": 30000}}}"#;

fn invalid(attribute: &str) -> ProviderErrorKind {
    ProviderErrorKind::Invalid {
        attribute: attribute.to_owned(),
    }
}

#[test]
fn nodes_are_ready_and_gone_when_their_time_has_come() {
    let bench = Bench::new(SLOW);
    let id = bench.ensure(&nodes("train", 2, "spot")).unwrap().id;
    let condition = || bench.read(&id).map(|object| object.condition);
    assert_eq!(condition(), Some(Condition::Creating));
    bench.pass(89_999);
    assert_eq!(condition(), Some(Condition::Creating));
    bench.pass(1);
    assert_eq!(condition(), Some(Condition::Ready));
    assert_eq!(bench.remove(&id), Ok(Removal::Requested));
    assert_eq!(bench.remove(&id), Ok(Removal::Requested));
    assert_eq!(condition(), Some(Condition::Deleting));
    bench.pass(30_000);
    assert_eq!(condition(), None);
    assert_eq!(bench.remove(&id), Ok(Removal::Gone));
}

#[test]
fn nodes_show_what_their_instance_type_has() {
    let bench = Bench::new(
        r#"{"instance_types": {"g1": {"gpu": "NVIDIA A30", "gpus": 4, "gpu_memory_mib": 24576}}}"#,
    );
    bench.pass(5);
    let made = bench.ensure(&nodes("train", 2, "spot")).unwrap();
    assert_eq!(made.id.to_string(), "nodes home-1/nodes-000001");
    let expected = attributes(
        r#"{
            "addresses": ["10.0.0.2", "10.0.0.3"], "node_ids": ["node-000002", "node-000003"],
            "created_at_ms": 5, "gpu": "NVIDIA A30", "gpus": 4, "gpu_memory_mib": 24576,
            "zone": "home-1a", "instance_type": "g1", "capacity_type": "spot", "count": 2
        }"#,
    );
    assert_eq!(made.attributes, expected);
}

#[test]
fn the_key_of_a_removed_object_makes_nothing_ever_again() {
    let bench = Bench::new("{}");
    let want = nodes("train", 2, "spot");
    let made = bench.ensure_by(&key(100), &want).unwrap();
    bench.remove(&made.id).unwrap();
    bench.pass(u64::MAX / 2);
    let again = bench.ensure_by(&key(100), &want).unwrap();
    assert_eq!((again.id, again.condition), (made.id, Condition::Deleting));
    assert_eq!(bench.names(), [""; 0]);
    let new = bench.ensure_by(&key(101), &want).unwrap();
    assert_eq!(new.id.id, "nodes-000004");
}

#[test]
fn a_late_repetition_does_not_revert_a_later_change() {
    let bench = Bench::new("{}");
    let old = desired("launch-template", "l", r#"{"image": "old"}"#);
    let new = desired("launch-template", "l", r#"{"image": "new"}"#);
    assert_eq!(
        bench.ensure_by(&key(100), &old).unwrap().attributes["version"],
        1
    );
    assert_eq!(
        bench.ensure_by(&key(101), &new).unwrap().attributes["version"],
        2
    );
    let late = bench.ensure_by(&key(100), &old).unwrap();
    assert_eq!(
        (&late.attributes["image"], &late.attributes["version"]),
        (&json!("new"), &json!(2))
    );
}

#[test]
fn a_key_for_something_else_is_refused() {
    let bench = Bench::new("{}");
    bench
        .ensure_by(&key(100), &nodes("train", 2, "spot"))
        .unwrap();
    let error = bench
        .ensure_by(&key(100), &nodes("train", 3, "spot"))
        .unwrap_err();
    assert_eq!(error.code.as_deref(), Some("IdempotentParameterMismatch"));
    assert_eq!(bench.names(), ["train"]);
}

#[test]
fn a_call_that_failed_does_not_use_up_its_key() {
    let bench = Bench::new(r#"{"latency": {"volume": {"remove_ms": 10}}}"#);
    let want = desired("volume", "data", r#"{"zone": "home-1a", "size_gib": 10}"#);
    let first = bench.ensure(&want).unwrap();
    bench.remove(&first.id).unwrap();
    let error = bench.ensure_by(&key(100), &want).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Conflict);
    assert_eq!(error.code.as_deref(), Some("BeingDeleted"));
    bench.pass(10);
    assert_eq!(
        bench.ensure_by(&key(100), &want).unwrap().id.id,
        "volume-000002"
    );
}

#[test]
fn what_cannot_be_changed_in_place_is_refused_by_name() {
    let bench = Bench::new("{}");
    bench.ensure(&nodes("train", 2, "spot")).unwrap();
    let error = bench.ensure(&nodes("train", 3, "spot")).unwrap_err();
    assert_eq!(error.kind, invalid("count"));
    let volume = |size| {
        let mut want = desired("volume", "data", r#"{"zone": "home-1a"}"#);
        want.attributes.insert("size_gib".to_owned(), json!(size));
        want
    };
    bench.ensure(&volume(10)).unwrap();
    bench.ensure(&volume(11)).unwrap();
    assert_eq!(
        bench.ensure(&volume(10)).unwrap_err().kind,
        invalid("size_gib")
    );
}

#[test]
fn attributes_that_are_missing_unknown_or_wrong_are_refused_by_name() {
    let bench = Bench::new("{}");
    let check = |attribute: &str, value: Option<serde_json::Value>| {
        let mut want = nodes("train", 2, "spot");
        match value {
            Some(value) => want.attributes.insert(attribute.to_owned(), value),
            None => want.attributes.remove(attribute),
        };
        let error = bench.ensure(&want).unwrap_err();
        assert_eq!(error.kind, invalid(attribute), "{error}");
    };
    check("zone", None);
    check("zone", Some(json!("")));
    check("count", Some(json!(0)));
    check("count", Some(json!(10_001)));
    check("count", Some(json!(1.5)));
    check("capacity_type", Some(json!("free")));
    check("labels", Some(json!({"a": 1})));
    check("gpu", Some(json!("NVIDIA A30")));
    check("network", Some(json!("network-000001")));
    assert_eq!(
        bench.ensure(&nodes("", 1, "spot")).unwrap_err().kind,
        invalid("name")
    );
    let other = desired("bucket", "b", "{}");
    assert_eq!(
        bench.ensure(&other).unwrap_err().kind,
        ProviderErrorKind::Unsupported
    );
    assert_eq!(bench.names(), [""; 0]);
}

#[test]
fn an_object_in_use_stays_until_its_user_is_gone() {
    let bench = Bench::new(SLOW);
    let network = bench.ensure(&desired("network", "net", "{}")).unwrap().id;
    let mut want = nodes("train", 1, "on-demand");
    want.attributes
        .insert("network".to_owned(), json!(network.id));
    let gang = bench.ensure(&want).unwrap().id;
    bench.remove(&gang).unwrap();
    let error = bench.remove(&network).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Conflict);
    assert_eq!(error.to_string(), "`net` is in use by `train`");
    bench.pass(30_000);
    assert_eq!(bench.remove(&network), Ok(Removal::Gone));
}

#[test]
fn a_name_of_somebody_else_is_a_conflict() {
    let bench = Bench::new("{}");
    let made = bench.ensure(&nodes("train", 1, "spot")).unwrap();
    bench.sandbox.disown(&made.id).unwrap();
    assert_eq!(bench.read(&made.id).unwrap().owner, None);
    let error = bench.ensure(&nodes("train", 1, "spot")).unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::Conflict);
    assert_eq!(error.code.as_deref(), Some("NameTaken"));
}

#[test]
fn what_somebody_changed_is_seen_and_repaired() {
    let bench = Bench::new("{}");
    let want = desired("launch-template", "l", r#"{"image": "ours"}"#);
    let made = bench.ensure(&want).unwrap();
    let theirs = attributes(r#"{"image": "theirs", "version": 9, "user_data": "x"}"#);
    bench.sandbox.change(&made.id, &theirs).unwrap();
    let seen = bench.read(&made.id).unwrap();
    assert_eq!(
        (&seen.attributes["image"], &seen.attributes["version"]),
        (&json!("theirs"), &json!(9))
    );
    let repaired = bench.ensure(&want).unwrap();
    assert_eq!(repaired.id, made.id);
    assert_eq!(repaired.attributes["image"], "ours");
    assert_eq!(repaired.attributes["user_data"], "x");
}

#[test]
fn what_somebody_deleted_is_gone_and_can_be_made_anew() {
    let bench = Bench::new("{}");
    let want = nodes("train", 1, "spot");
    let made = bench.ensure(&want).unwrap();
    bench.sandbox.delete(&made.id).unwrap();
    assert_eq!(bench.read(&made.id), None);
    let again = bench.sandbox.delete(&made.id);
    assert!(matches!(again, Err(SandboxError::NoSuchObject(id)) if id == made.id));
    assert_ne!(bench.ensure(&want).unwrap().id, made.id);
}

#[test]
fn an_interrupted_gang_fails_and_frees_its_capacity() {
    let bench = Bench::new(r#"{"capacity": [{"zone": "home-1a", "nodes": 4}]}"#);
    let made = bench.ensure(&nodes("train", 4, "spot")).unwrap();
    let full = bench.ensure(&nodes("more", 1, "spot")).unwrap_err();
    assert_eq!(full.kind.slug(), "capacity");
    bench.sandbox.interrupt(&made.id).unwrap();
    let reason = "spot interruption".to_owned();
    assert_eq!(
        bench.read(&made.id).unwrap().condition,
        Condition::Failed { reason }
    );
    let other = bench.ensure(&nodes("other", 4, "on-demand")).unwrap();
    let refused = bench.sandbox.interrupt(&other.id);
    assert!(matches!(refused, Err(SandboxError::NotSpot(_))));
}

#[test]
fn an_owner_sees_only_what_is_its_own() {
    use mlinfra_provider_api::{OwnerTag, Provider as _};
    let bench = Bench::new("{}");
    bench.ensure(&nodes("train", 1, "spot")).unwrap();
    let mut theirs = nodes("theirs", 1, "spot");
    theirs.owner = OwnerTag::new("other", "1").unwrap();
    bench.ensure(&theirs).unwrap();
    let listed = crate::support::block_on(bench.sandbox.list(&owner())).unwrap();
    let names: Vec<&str> = listed.iter().map(|object| &*object.name).collect();
    assert_eq!(names, ["train"]);
    assert_eq!(bench.names(), ["train", "theirs"]);
}
