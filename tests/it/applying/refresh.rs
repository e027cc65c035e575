//! What others changed.

use mlinfra::applying::{Drift, Drifted, Limits, Refreshed, refresh};
use mlinfra_provider_api::{Attributes, Desired, ObjectId};
use serde_json::json;

use super::sandbox::desired;
use super::scene::{Scene, making};
use super::time::run;

fn volume(name: &str) -> Desired {
    desired("volume", name, json!({"zone": "a", "size_gib": 1}))
}

fn refreshed(scene: &Scene) -> Refreshed {
    let state = scene.state();
    let providers = scene.providers();
    let limits = Limits::default();
    run(
        &scene.time,
        refresh(&state, &providers, &*scene.time, &limits),
    )
    .unwrap()
}

fn drift(address: &str, what: Drifted) -> Drift {
    Drift {
        address: address.into(),
        deposed: false,
        what,
    }
}

fn four() -> (Scene, Vec<ObjectId>) {
    let scene = Scene::new(json!({"latency": {"volume": {"remove_ms": 60_000}}}));
    let all = ["a", "b", "c", "d"].iter().enumerate();
    scene.run(
        all.map(|(n, name)| making(n, name, vec![volume(name)]))
            .collect(),
    );
    let ids = scene.state().objects.into_values().map(|object| object.id);
    let ids = ids.collect();
    (scene, ids)
}

#[test]
fn nothing_differs_where_nothing_happened() {
    let (scene, _) = four();
    let (lists, reads) = (scene.cloud.calls("list"), scene.cloud.calls("read"));
    let refreshed = refreshed(&scene);
    assert_eq!(refreshed.state, scene.state());
    assert_eq!((refreshed.drift, refreshed.unreachable), (vec![], vec![]));
    assert_eq!(scene.cloud.calls("list"), lists + 1);
    assert_eq!(scene.cloud.calls("read"), reads);
}

#[test]
fn what_was_changed_deleted_broken_and_disowned_is_told() {
    let (scene, ids) = four();
    let sandbox = &scene.cloud.sandbox;
    let size = Attributes::from([("size_gib".into(), 5.into())]);
    sandbox.change(&ids[0], &size).unwrap();
    sandbox.delete(&ids[1]).unwrap();
    sandbox.disown(&ids[2]).unwrap();
    let refreshed = refreshed(&scene);
    let changed = Drifted::Changed {
        attribute: "size_gib".into(),
        before: Some(json!(1)),
        after: Some(json!(5)),
    };
    let expected = [
        drift("a", changed),
        drift("b", Drifted::Gone),
        drift("c", Drifted::Disowned),
    ];
    assert_eq!(refreshed.drift, expected);
    let state = refreshed.state;
    let addresses: Vec<&str> = state.objects.keys().map(String::as_str).collect();
    assert_eq!(addresses, ["a", "c", "d"]);
    assert_eq!(state.objects["a"].observed["size_gib"], 5);
    assert_eq!(state.objects["a"].desired["size_gib"], 1);
}

#[test]
fn what_broke_is_to_be_made_anew() {
    let scene = Scene::new(json!({}));
    let nodes = json!({"zone": "a", "instance_type": "m", "capacity_type": "spot", "count": 1});
    scene.run(vec![making(0, "n", vec![desired("nodes", "n", nodes)])]);
    let id = scene.state().objects["n"].id.clone();
    scene.cloud.sandbox.interrupt(&id).unwrap();
    let refreshed = refreshed(&scene);
    let reason = "spot interruption".to_owned();
    assert_eq!(refreshed.drift, [drift("n", Drifted::Failed { reason })]);
    assert!(refreshed.state.objects["n"].tainted);
}

#[test]
fn what_somebody_is_deleting_stays_known_until_it_is_gone() {
    let (scene, ids) = four();
    let key = mlinfra_provider_api::OpKey::new([9; 32]);
    let provider: &dyn mlinfra_provider_api::Provider = &scene.cloud.sandbox;
    run(&scene.time, provider.remove(&key, &ids[0])).unwrap();
    let refreshed = refreshed(&scene);
    assert_eq!(refreshed.drift, [drift("a", Drifted::Gone)]);
    assert_eq!(refreshed.state.deposed["a"][0].id, ids[0]);
    assert!(!refreshed.state.objects.contains_key("a"));
}

#[test]
fn what_cant_be_read_is_told_and_kept() {
    let down = json!({"error": "unavailable"});
    let scene = Scene::new(json!({"faults": [
        {"operation": "list", "fault": down}, {"operation": "read", "fault": down},
    ]}));
    scene.run(vec![making(0, "a", vec![volume("a")])]);
    let refreshed = refreshed(&scene);
    let why = "the sandbox's script says so".to_owned();
    assert_eq!(refreshed.unreachable, [("a".to_owned(), why)]);
    assert_eq!(refreshed.state, scene.state());
    assert!(refreshed.drift.is_empty());
}
