//! What is tried again, how long, and what is told of it.

use std::time::Duration;

use mlinfra::applying::Failure;
use mlinfra_provider_api::{Desired, ObjectId, OpKey, OwnerTag, Provider as _};
use serde_json::json;

use super::sandbox::desired;
use super::scene::{Scene, making, removing};
use super::time::run;

fn id_of(scene: &Scene, address: &str) -> ObjectId {
    scene.state().objects[address].id.clone()
}

fn group() -> Desired {
    desired("security-group", "group", json!({}))
}

#[test]
fn a_removal_waits_for_what_uses_the_object_for_longer_than_attempts_would_last() {
    let scene = Scene::new(json!({"latency": {"nodes": {"remove_ms": 600_000}}}));
    scene.run(vec![making(0, "group", vec![group()])]);
    let groups = mlinfra::changes::reference::id_of("group");
    let nodes = json!({
        "zone": "a", "instance_type": "m", "capacity_type": "spot", "count": 1,
        "security_groups": [groups],
    });
    scene.run(vec![making(1, "nodes", vec![desired("nodes", "n", nodes)])]);
    scene.told();
    let report = scene.run(vec![
        removing(0, "group", id_of(&scene, "group")),
        removing(1, "nodes", id_of(&scene, "nodes")),
    ]);
    assert_eq!(report.done, [0, 1], "{report:?}");
    assert!(scene.addresses().is_empty());
    let told = scene.told();
    let mut waits = told.iter().filter(|line| line.contains("waits"));
    let first = "0 waits for 0 ms: `group` is in use by `n`";
    assert_eq!(waits.next().unwrap(), first);
    assert!(waits.count() > 100);
}

#[test]
fn what_never_gets_out_of_the_way_is_given_up_in_time() {
    let rule = json!({"operation": "remove", "fault": {"error": "conflict"}});
    let scene = Scene::new(json!({"faults": [rule]}));
    scene.run(vec![making(0, "group", vec![group()])]);
    let before = scene.time.millis();
    let report = scene.run(vec![removing(0, "group", id_of(&scene, "group"))]);
    assert_eq!(report.failed.len(), 1);
    let taken = Duration::from_millis(scene.time.millis() - before);
    let within = scene.limits.ready_within;
    assert!(
        taken >= within && taken < within + Duration::from_secs(10),
        "{taken:?}"
    );
    assert_eq!(scene.addresses(), ["group"]);
}

#[test]
fn a_name_that_somebody_else_has_is_looked_up_once_and_given_up() {
    let scene = Scene::new(json!({}));
    let owner = OwnerTag::new("q", "abc").unwrap();
    let theirs = Desired { owner, ..group() };
    run(
        &scene.time,
        scene.cloud.sandbox.ensure(&OpKey::new([9; 32]), &theirs),
    )
    .unwrap();
    let report = scene.run(vec![making(0, "group", vec![group()])]);
    assert_eq!(
        report.failed[0].failure.to_string(),
        "`group` is somebody else's"
    );
    assert_eq!(
        (scene.cloud.calls("ensure"), scene.cloud.calls("list")),
        (1, 1)
    );
    assert_eq!(scene.time.millis(), 0);
}

#[test]
fn a_name_that_ours_has_until_it_is_gone_is_waited_for() {
    let scene = Scene::new(json!({"latency": {"security-group": {"remove_ms": 300_000}}}));
    scene.run(vec![making(0, "group", vec![group()])]);
    let id = id_of(&scene, "group");
    run(
        &scene.time,
        scene.cloud.sandbox.remove(&OpKey::new([9; 32]), &id),
    )
    .unwrap();
    let report = scene.run(vec![making(1, "again", vec![group()])]);
    assert_eq!(report.done, [0], "{report:?}");
    assert!(scene.time.millis() >= 300_000);
}

#[test]
fn what_no_repetition_helps_ends_at_once() {
    for error in [
        json!({"quota": {"name": "groups"}}),
        json!({"unauthorized": {"action": "make"}}),
        json!({"invalid": {"attribute": "rules"}}),
        json!("unsupported"),
    ] {
        let rule = json!({"operation": "ensure", "fault": {"error": error}});
        let scene = Scene::new(json!({"faults": [rule]}));
        let report = scene.run(vec![making(0, "group", vec![group()])]);
        assert_eq!(report.failed.len(), 1, "{error}");
        assert_eq!(scene.cloud.calls("ensure"), 1, "{error}");
        assert_eq!(scene.time.millis(), 0, "{error}");
    }
}

#[test]
fn retries_tell_why_and_since_when() {
    let throttled = json!({"error": {"throttled": {"retry_after_ms": 2000}}});
    let rule = json!({"operation": "ensure", "when": {"first": 2}, "fault": throttled});
    let scene = Scene::new(json!({"faults": [rule]}));
    scene.run(vec![making(0, "group", vec![group()])]);
    let expected = [
        "0 starts 0.1",
        "0 waits for 0 ms: the sandbox's script says so",
        "0 starts 0.2",
        "0 waits for 2000 ms: the sandbox's script says so",
        "0 starts 0.3",
        "0 is done",
    ];
    assert_eq!(scene.told(), expected);
}

#[test]
fn a_call_without_an_answer_is_given_up_and_made_again() {
    let rule =
        json!({"operation": "ensure", "when": {"first": 1}, "fault": {"delay": {"ms": 4_000_000}}});
    let scene = Scene::new(json!({"faults": [rule]}));
    let report = scene.run(vec![making(0, "group", vec![group()])]);
    assert_eq!(report.done, [0], "{report:?}");
    assert_eq!(scene.cloud.calls("ensure"), 2);
    assert_eq!(scene.addresses(), ["group"]);
}

#[test]
fn a_refusal_after_a_lost_answer_leaves_it_to_the_next_run_to_look() {
    let lost = json!({"operation": "ensure", "when": {"calls": [1]}, "fault": "lose-answer"});
    let blind = json!({"operation": "list", "fault": {"error": "unavailable"}});
    let refused = json!({"error": {"unauthorized": {"action": "make"}}});
    let refused = json!({"operation": "ensure", "when": {"calls": [2]}, "fault": refused});
    let scene = Scene::new(json!({"faults": [lost, blind, refused]}));
    let report = scene.run(vec![making(0, "group", vec![group()])]);
    let Failure::Provider(error) = &report.failed[0].failure else {
        panic!("{report:?}");
    };
    assert_eq!(error.kind.slug(), "unauthorized");
    let vault = run(&scene.time, scene.open(&scene.blobs));
    assert_eq!(vault.unsettled().len(), 1);
}
