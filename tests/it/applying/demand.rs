//! References, what is made on demand, and places that had no capacity a moment ago.

use mlinfra::applying::Failure;
use mlinfra::changes::reference::{ReferenceError, attribute_of, id_of};
use mlinfra_provider_api::Desired;
use serde_json::json;

use super::sandbox::desired;
use super::scene::{Scene, With as _, making};

fn at(region: &str, want: Desired) -> Desired {
    let scope = region.to_owned();
    Desired { scope, ..want }
}

fn nodes(name: &str, region: &str, zone: &str) -> Desired {
    let attributes = json!({
        "zone": zone, "instance_type": "m", "capacity_type": "spot", "count": 2,
    });
    at(region, desired("nodes", name, attributes))
}

fn nodes_of(template: &str, region: &str, zone: &str) -> Desired {
    let mut want = nodes("n", region, zone);
    let attributes = &mut want.attributes;
    attributes.insert("launch_template".into(), id_of(template));
    let version = attribute_of(template, "version");
    attributes.insert("launch_template_version".into(), version);
    want
}

#[test]
fn references_are_followed_to_what_the_run_made_and_what_was_there() {
    let scene = Scene::new(json!({}));
    scene.run(vec![making(
        0,
        "net",
        vec![desired("network", "net", json!({}))],
    )]);
    let group = desired("security-group", "group", json!({"network": id_of("net")}));
    let groups = json!({"security_groups": [id_of("group")]});
    let report = scene.run(vec![
        making(1, "group", vec![group]),
        making(2, "template", vec![desired("launch-template", "t", groups)]).after(&[0]),
    ]);
    assert_eq!(report.done, [0, 1], "{report:?}");
    let state = scene.state();
    assert_eq!(state.objects["group"].desired["network"], "network-000001");
    let groups = &state.objects["template"].desired["security_groups"];
    assert_eq!(groups, &json!(["security-group-000002"]));
    assert_eq!(scene.addresses(), ["group", "net", "template"]);
}

#[test]
fn a_reference_to_nothing_fails_before_anything_is_noted_or_called() {
    let scene = Scene::new(json!({}));
    let group = desired("security-group", "group", json!({"network": id_of("net")}));
    let report = scene.run(vec![making(0, "group", vec![group])]);
    let failure = &report.failed[0].failure;
    let absent = ReferenceError::Absent("net".into());
    assert_eq!(failure, &Failure::Reference(absent));
    assert_eq!(scene.cloud.calls("ensure"), 0);
    assert!(scene.addresses().is_empty());
}

/// A template in each of two regions, made where the nodes go.
fn in_two_regions() -> Vec<mlinfra::changes::graph::Operation> {
    let template = |place, region: &str| {
        let want = at(region, desired("launch-template", "t", json!({})));
        making(place, &format!("template.{region}"), vec![want]).on_demand()
    };
    let ways = vec![
        nodes_of("template.r1", "r1", "r1a"),
        nodes_of("template.r2", "r2", "r2a"),
    ];
    vec![
        template(0, "r1"),
        template(1, "r2"),
        making(2, "nodes", ways).needing(&[&[0], &[1]]),
    ]
}

#[test]
fn what_no_alternative_needs_is_never_made() {
    let scene = Scene::new(json!({}));
    let report = scene.run(in_two_regions());
    assert_eq!((report.done, report.not_needed), (vec![0, 2], vec![1]));
    assert!(report.not_started.is_empty());
    assert_eq!(scene.addresses(), ["nodes", "template.r1"]);
}

#[test]
fn a_fallback_to_another_region_takes_what_it_needs_along() {
    let scene = Scene::new(json!({"capacity": [{"zone": "r1a", "nodes": 1}]}));
    let report = scene.run(in_two_regions());
    assert_eq!(report.done, [1, 2], "{report:?}");
    assert_eq!(report.undone, [0]);
    assert_eq!(scene.addresses(), ["nodes", "template.r2"]);
    let told = scene.told();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let expected = [
        "0 starts 0.1",
        "0 is done",
        "2 starts 0.1",
        "2 is refused 0",
        "1 starts 0.1",
        "0 is being undone",
        "1 is done",
        "0 is undone",
        "2 starts 1.1",
        "2 is done",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_was_there_before_isnt_removed_with_an_alternative() {
    let scene = Scene::new(json!({"capacity": [{"zone": "r1a", "nodes": 1}]}));
    let there = at("r1", desired("launch-template", "t", json!({})));
    scene.run(vec![making(9, "template.r1", vec![there])]);
    let report = scene.run(in_two_regions());
    assert!(report.undone.is_empty());
    let all = ["nodes", "template.r1", "template.r2"];
    assert_eq!(scene.addresses(), all);
}

#[test]
fn two_hundred_nodes_dont_ask_two_hundred_times_where_there_is_no_capacity() {
    let scene = Scene::new(json!({"capacity": [{"zone": "r1a", "nodes": 20}]}));
    *scene.cloud.takes.lock().unwrap() = std::time::Duration::from_millis(100);
    let operations = (0..200).map(|n| {
        let name = format!("n{n}");
        let ways = vec![nodes(&name, "r1", "r1a"), nodes(&name, "r1", "r1b")];
        making(n, &name, ways)
    });
    let report = scene.run(operations.collect());
    assert_eq!(report.done.len(), 200);
    // Ten fit; those that were asked for beside the eleventh are refused as it is.
    let asked = scene.cloud.calls("ensure");
    assert!(asked > 200 && asked <= 210, "{asked}");
    let refused = scene.told();
    let refused = refused.iter().filter(|line| line.contains("is refused 0"));
    assert_eq!(refused.count(), 190);
}
