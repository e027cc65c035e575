//! Zones, types, quotas and capacity.

use mlinfra_provider_api::{ProviderError, ProviderErrorKind};
use serde_json::json;

use crate::support::{Bench, desired, nodes};

#[track_caller]
fn refused(result: Result<mlinfra_provider_api::Observed, ProviderError>) -> (String, String) {
    let error = result.unwrap_err();
    (error.kind.slug().to_owned(), error.message)
}

#[test]
fn a_gang_is_made_whole_or_not_at_all() {
    let bench = Bench::new(r#"{"capacity": [{"zone": "home-1a", "nodes": 6}]}"#);
    bench.ensure(&nodes("first", 4, "spot")).unwrap();
    let error = bench.ensure(&nodes("second", 4, "spot")).unwrap_err();
    let scope = "home-1a".to_owned();
    assert_eq!(error.kind, ProviderErrorKind::Capacity { scope });
    assert_eq!(
        error.message,
        "zone `home-1a` has 2 such nodes left and 4 are asked"
    );
    assert_eq!(error.code.as_deref(), Some("InsufficientCapacity"));
    assert_eq!(bench.names(), ["first"]);
    bench.ensure(&nodes("third", 2, "spot")).unwrap();
}

#[test]
fn capacity_is_told_apart_by_zone_type_and_capacity_type() {
    let bench = Bench::new(
        r#"{"capacity": [
            {"zone": "home-1a", "instance_type": "g1", "capacity_type": "spot", "nodes": 1}
        ]}"#,
    );
    bench.ensure(&nodes("a", 1, "spot")).unwrap();
    assert_eq!(refused(bench.ensure(&nodes("b", 1, "spot"))).0, "capacity");
    bench.ensure(&nodes("c", 1, "on-demand")).unwrap();
    let with = |name: &str, attribute: &str, value: &str| {
        let mut want = nodes(name, 1, "spot");
        want.attributes.insert(attribute.to_owned(), json!(value));
        bench.ensure(&want)
    };
    with("d", "instance_type", "g2").unwrap();
    with("e", "zone", "home-1b").unwrap();
}

#[test]
fn capacity_comes_back_when_the_nodes_are_gone() {
    let bench = Bench::new(
        r#"{
            "latency": {"nodes": {"remove_ms": 10}},
            "capacity": [{"zone": "home-1a", "nodes": 1}]
        }"#,
    );
    let id = bench.ensure(&nodes("a", 1, "spot")).unwrap().id;
    bench.remove(&id).unwrap();
    assert_eq!(refused(bench.ensure(&nodes("b", 1, "spot"))).0, "capacity");
    bench.pass(10);
    bench.ensure(&nodes("b", 1, "spot")).unwrap();
}

#[test]
fn quotas_count_nodes_and_objects_by_region_and_in_the_account() {
    let bench = Bench::new(
        r#"{"quotas": [
            {"name": "spot nodes", "kind": "nodes", "region": "home-1", "capacity_type": "spot",
             "limit": 4},
            {"name": "networks", "kind": "network", "limit": 2}
        ]}"#,
    );
    bench.ensure(&nodes("a", 3, "spot")).unwrap();
    let error = bench.ensure(&nodes("b", 2, "spot")).unwrap_err();
    let quota = ProviderErrorKind::Quota {
        name: "spot nodes".to_owned(),
        limit: Some(4),
        used: Some(3),
    };
    assert_eq!(error.kind, quota);
    assert_eq!(
        error.message,
        "quota `spot nodes` is 4, 3 are in use and 2 more are asked"
    );
    bench.ensure(&nodes("c", 9, "on-demand")).unwrap();
    let mut elsewhere = nodes("d", 2, "spot");
    elsewhere.scope = "away-1".to_owned();
    bench.ensure(&elsewhere).unwrap();

    bench.ensure(&desired("network", "one", "{}")).unwrap();
    let mut two = desired("network", "two", "{}");
    two.scope = "away-1".to_owned();
    bench.ensure(&two).unwrap();
    assert_eq!(
        refused(bench.ensure(&desired("network", "three", "{}"))).0,
        "quota"
    );
}

#[test]
fn zones_and_types_that_there_are_not_are_refused() {
    let bench = Bench::new(
        r#"{"zones": {"home-1": ["home-1a"]}, "instance_types": {"g1": {}, "c1": {"gpus": 0}}}"#,
    );
    bench.ensure(&nodes("a", 1, "spot")).unwrap();
    let with = |attribute: &str, value: &str| {
        let mut want = nodes("b", 1, "spot");
        want.attributes.insert(attribute.to_owned(), json!(value));
        refused(bench.ensure(&want)).1
    };
    assert_eq!(
        with("zone", "home-1z"),
        "there is no zone `home-1z` in `home-1`"
    );
    assert_eq!(
        with("instance_type", "g9"),
        "there is no instance type `g9`"
    );
}

#[test]
fn absurd_numbers_are_refused_and_do_not_overflow() {
    let bench = Bench::new(
        r#"{
            "latency": {"nodes": {"create_ms": 18446744073709551615}},
            "quotas": [{"name": "q", "kind": "nodes", "limit": 18446744073709551615}],
            "capacity": [{"zone": "home-1a", "nodes": 18446744073709551615}]
        }"#,
    );
    bench.pass(u64::MAX);
    bench.ensure(&nodes("a", 10_000, "spot")).unwrap();
    let mut want = nodes("b", 1, "spot");
    want.attributes.insert("count".to_owned(), json!(u64::MAX));
    assert_eq!(refused(bench.ensure(&want)).0, "invalid");
}
