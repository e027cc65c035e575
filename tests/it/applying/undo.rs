//! Stages that are to be there whole or not at all.

use mlinfra_provider_api::Desired;
use serde_json::json;

use super::sandbox::desired;
use super::scene::{Scene, With as _, making};

fn volume(name: &str) -> Desired {
    desired("volume", name, json!({"zone": "a", "size_gib": 1}))
}

/// Two volumes on a network, and a third that can't be had; one of another stage.
fn stage() -> Vec<mlinfra::changes::graph::Operation> {
    vec![
        making(0, "a", vec![volume("a")]).or_undo(),
        making(1, "b", vec![volume("b")]).or_undo().after(&[0]),
        making(2, "other", vec![volume("other")]).each(|way| way.intent.stage = "t".into()),
        making(3, "c", vec![volume("c")]).or_undo().after(&[1, 2]),
    ]
}

fn refuses(object: &str) -> serde_json::Value {
    let fault = json!({"error": {"quota": {"name": "volumes"}}});
    json!({"faults": [{"operation": "ensure", "object": object, "fault": fault}]})
}

#[test]
fn what_was_made_of_a_stage_is_removed_last_first_and_other_stages_stay() {
    let scene = Scene::new(refuses("c"));
    let report = scene.run(stage());
    assert_eq!(report.failed.len(), 1);
    assert_eq!((report.done, report.undone), (vec![2], vec![0, 1]));
    assert_eq!(scene.addresses(), ["other"]);
    let told = scene.told();
    let undone: Vec<&str> = told
        .iter()
        .map(String::as_str)
        .filter(|line| line.ends_with("undone"))
        .collect();
    let expected = [
        "1 is being undone",
        "1 is undone",
        "0 is being undone",
        "0 is undone",
    ];
    assert_eq!(undone, expected);
}

#[test]
fn a_stage_that_keeps_keeps() {
    let scene = Scene::new(refuses("c"));
    let mut stage = stage();
    stage[3] = making(3, "c", vec![volume("c")]).after(&[1, 2]);
    let report = scene.run(stage);
    assert_eq!((report.done, report.undone), (vec![0, 1, 2], vec![]));
    assert_eq!(scene.addresses(), ["a", "b", "other"]);
}

#[test]
fn what_is_protected_and_what_was_there_before_stay() {
    let scene = Scene::new(refuses("c"));
    scene.run(vec![making(9, "a", vec![volume("a")])]);
    let mut stage = stage();
    stage[1] = stage[1]
        .clone()
        .each(|way| way.intent.prevent_destroy = true);
    let report = scene.run(stage);
    assert_eq!(report.undone, [] as [usize; 0]);
    assert_eq!(scene.addresses(), ["a", "b", "other"]);
}

#[test]
fn what_something_of_another_stage_builds_on_stays() {
    let scene = Scene::new(refuses("c"));
    let mut stage = stage();
    stage[2] = stage[2].clone().after(&[1]);
    let report = scene.run(stage);
    assert_eq!((report.done, report.undone), (vec![0, 1, 2], vec![]));
    assert_eq!(scene.addresses(), ["a", "b", "other"]);
}

#[test]
fn what_broke_goes_too() {
    let fault = json!({"break": {"after_ms": 0, "reason": "no disk"}});
    let rule = json!({"operation": "ensure", "object": "c", "fault": fault});
    let scene = Scene::new(json!({"faults": [rule]}));
    let report = scene.run(stage());
    assert_eq!((report.done, report.undone), (vec![2], vec![0, 1, 3]));
    assert_eq!(scene.addresses(), ["other"]);
}

#[test]
fn what_cant_be_removed_again_is_told_and_known() {
    let mut script = refuses("c");
    let refused = json!({"error": {"unauthorized": {"action": "delete"}}});
    let rule = json!({"operation": "remove", "fault": refused});
    script["faults"].as_array_mut().unwrap().push(rule);
    let scene = Scene::new(script);
    let report = scene.run(stage());
    assert_eq!((&report.done, &report.undone), (&vec![0, 1, 2], &vec![]));
    assert_eq!(report.undo_failed.len(), 1);
    assert_eq!(report.undo_failed[0].operation, 1);
    assert_eq!(scene.addresses(), ["a", "b", "other"]);
}

#[test]
fn an_undo_whose_answer_is_lost_is_made_again() {
    let mut script = refuses("c");
    let rule = json!({"operation": "remove", "when": {"first": 3}, "fault": "lose-answer"});
    script["faults"].as_array_mut().unwrap().push(rule);
    let scene = Scene::new(script);
    let report = scene.run(stage());
    assert_eq!(report.undone, [0, 1], "{report:?}");
    assert_eq!(scene.addresses(), ["other"]);
}

#[test]
fn what_never_gets_ready_goes_too_and_nothing_is_left_open() {
    let scene = Scene::new(json!({"latency": {"nodes": {"create_ms": 100_000_000}}}));
    let nodes = json!({"zone": "a", "instance_type": "m", "capacity_type": "spot", "count": 4});
    let report = scene.run(vec![
        making(0, "a", vec![volume("a")]).or_undo(),
        making(1, "nodes", vec![desired("nodes", "n", nodes)]).or_undo(),
    ]);
    let failure = report.failed[0].failure.to_string();
    assert_eq!(failure, "it wasn't ready within 15 minutes");
    assert_eq!((report.done, report.undone), (vec![], vec![0, 1]));
    assert!(scene.addresses().is_empty());
    let vault = super::time::run(&scene.time, scene.open(&scene.blobs));
    assert!(vault.unsettled().is_empty());
}
