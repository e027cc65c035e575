//! What can't be had, and what goes wrong in the cloud.

use serde_json::{Value, json};

use super::project::{Project, addresses, gang, service};

/// Nodes that a zone has left.
fn capacity(zone: &str, nodes: u64) -> Value {
    json!({ "zone": zone, "nodes": nodes })
}

#[test]
fn where_a_zone_has_none_left_the_next_choice_is_taken_and_each_try_is_shown() {
    let script = json!({ "capacity": [capacity("use1-az1", 1)] });
    let project = Project::serving(3, &script);
    let ran = project.does("apply");
    assert!(
        ran.stderr.contains(
            "nodes left and 1 are asked; trying 1 × c.xlarge in aws/us-east-1 use1-az2 instead"
        ),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("use1-az2, choice 2"), "{}", ran.stderr);
    assert_eq!(project.agrees(), addresses("serve", 3));
    let zones = |project: &Project| {
        let mut zones: Vec<String> = project
            .objects()
            .iter()
            .filter_map(|object| Some(object.attributes.get("zone")?.as_str()?.to_owned()))
            .collect();
        zones.sort();
        zones
    };
    assert_eq!(zones(&project), ["use1-az1", "use1-az2", "use1-az2"]);
    // What had to go elsewhere stays there, though there would be room now.
    project.script(&json!({}));
    project.is_done();
    assert_eq!(zones(&project), ["use1-az1", "use1-az2", "use1-az2"]);
}

#[test]
fn a_gang_moves_whole_or_not_at_all() {
    let script = json!({ "capacity": [
        { "zone": "use1-az1", "instance_type": "p.a100", "capacity_type": "spot", "nodes": 1 },
    ] });
    let project = Project::new(&[gang("")]);
    project.script(&script);
    let ran = project.does("apply");
    assert!(ran.stderr.contains("choice 2"), "{}", ran.stderr);
    let nodes: Vec<_> = project
        .objects()
        .into_iter()
        .filter(|object| object.id.kind.as_str() == "nodes")
        .collect();
    assert_eq!(nodes.len(), 1);
    assert_eq!(nodes[0].attributes["count"], 2);
    let first = ("use1-az1".into(), "spot".into());
    let there = (
        &nodes[0].attributes["zone"],
        &nodes[0].attributes["capacity_type"],
    );
    assert_ne!(there, (&first.0, &first.1));
    project.agrees();
    project.is_done();
}

#[test]
fn where_nothing_is_left_it_says_what_exists_what_that_costs_and_how_to_go_on() {
    let zones = [capacity("use1-az1", 1), capacity("use1-az2", 0)];
    let project = Project::serving(2, &json!({ "capacity": zones }));
    let ran = project.run("apply");
    let told = &ran.stdout;
    assert_eq!(ran.code, 16, "{told}\n{}", ran.stderr);
    assert!(
        told.contains("Not complete: 3 created, 0 changed, 0 destroyed, 1 failed."),
        "{told}"
    );
    assert!(
        told.contains("  pool.serve.nodes[1]  zone `use1-az2` has 0 such nodes left"),
        "{told}"
    );
    assert!(
        told.contains("3 objects exist now: USD 0.20 per hour."),
        "{told}"
    );
    let ways = [
        "mlinfra resume --sandbox",
        "mlinfra undo --sandbox",
        "mlinfra destroy --sandbox",
    ];
    assert!(ways.iter().all(|way| told.contains(way)), "{told}");
    assert_eq!(project.agrees().len(), 3);
    assert_eq!(project.run("resume").code, 16);
    project.script(&json!({}));
    project.does("resume");
    assert_eq!(project.agrees(), addresses("serve", 2));
    project.is_done();
}

#[test]
fn what_an_apply_made_that_failed_can_be_taken_back() {
    let zones = [capacity("use1-az1", 1), capacity("use1-az2", 0)];
    let project = Project::new(&[service("kept", "c.xlarge", 1, "")]);
    project.does("apply");
    let before = project.objects();
    let two = [
        service("kept", "c.xlarge", 1, ""),
        service("more", "c.xlarge", 1, ""),
    ];
    project.spec(&two);
    project.script(&json!({ "capacity": zones }));
    assert_eq!(project.run("apply").code, 16);
    project.does("undo");
    assert_eq!(project.objects(), before);
    assert_eq!(project.agrees(), addresses("kept", 1));
    project.is_refused("undo", 10, "apply::nothing-open");
}

#[test]
fn a_stage_that_is_undone_on_failure_leaves_nothing() {
    let zones = [capacity("use1-az1", 1), capacity("use1-az2", 0)];
    let project = Project::new(&[service("serve", "c.xlarge", 2, "  on_failure = \"undo\"")]);
    project.script(&json!({ "capacity": zones }));
    let ran = project.run("apply");
    assert_eq!(ran.code, 16, "{}\n{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("pool.serve.nodes[0]: removed again"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("Nothing exists now."), "{}", ran.stdout);
    assert_eq!(project.objects(), []);
    assert_eq!(project.agrees(), [""; 0]);
}

#[test]
fn a_quota_stops_it_with_what_the_quota_is() {
    let quota = json!({ "name": "running nodes", "kind": "nodes", "limit": 1 });
    let project = Project::serving(2, &json!({ "quotas": [quota] }));
    let ran = project.run("apply");
    assert_eq!(ran.code, 16, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("running nodes"), "{}", ran.stdout);
    assert_eq!(project.agrees().len(), 3);
}

#[test]
fn what_is_not_allowed_stops_it_with_the_action_that_is_missing() {
    let fault = json!({ "error": { "unauthorized": { "action": "nodes:Create" } } });
    let fault = json!({ "operation": "ensure", "kind": "nodes", "fault": fault });
    let project = Project::serving(1, &json!({ "faults": [fault] }));
    let ran = project.run("apply");
    assert_eq!(ran.code, 16, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("nodes:Create"), "{}", ran.stdout);
    assert_eq!(project.agrees().len(), 2);
}

#[test]
fn throttling_is_waited_for() {
    let throttled = json!({ "error": { "throttled": { "retry_after_ms": 20 } } });
    let first = json!({ "operation": "ensure", "when": { "first": 2 }, "fault": throttled });
    let project = Project::serving(1, &json!({ "faults": [first] }));
    let ran = project.does("apply");
    assert!(ran.stderr.contains("trying again in "), "{}", ran.stderr);
    assert!(ran.stderr.contains(", attempt 3"), "{}", ran.stderr);
    assert_eq!(project.agrees(), addresses("serve", 1));
}

#[test]
fn lost_answers_make_no_double() {
    let lost = |operation: &str| json!({ "operation": operation, "fault": "lose-answer" });
    let project = Project::serving(3, &json!({ "faults": [lost("ensure"), lost("remove")] }));
    project.does("apply");
    assert_eq!(project.agrees(), addresses("serve", 3));
    project.does("destroy");
    assert_eq!(project.objects(), []);
}

#[test]
fn a_cloud_that_fails_in_one_call_of_five_is_tried_until_all_is_there() {
    let rarely = |fault: Value| json!({ "when": { "per-mille": 100 }, "fault": fault });
    let faults = [
        rarely(json!({ "error": "unavailable" })),
        rarely(json!("lose-answer")),
    ];
    let project = Project::serving(4, &json!({ "seed": 5, "faults": faults }));
    for words in ["apply", "destroy"] {
        let tries = (0..5).find(|_| project.run(words).code == 0);
        assert!(tries.is_some(), "{words}");
    }
    project.script(&json!({}));
    assert_eq!(project.objects(), []);
    assert_eq!(project.agrees(), [""; 0]);
}

#[test]
fn a_node_that_breaks_is_told_and_the_next_apply_replaces_it() {
    let broken = json!({ "break": { "after_ms": 0, "reason": "Xid 79" } });
    let first = json!({
        "operation": "ensure", "kind": "nodes", "when": { "first": 1 }, "fault": broken,
    });
    let project = Project::serving(1, &json!({ "faults": [first] }));
    let ran = project.run("apply");
    assert_eq!(ran.code, 16, "{}\n{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("it was made and failed: Xid 79"),
        "{}",
        ran.stdout
    );
    let broken = project.id("pool.serve.nodes[0]");
    assert_eq!(project.agrees(), addresses("serve", 1));
    project.does("apply");
    assert_eq!(project.agrees(), addresses("serve", 1));
    assert_ne!(project.id("pool.serve.nodes[0]"), broken);
    project.is_done();
}

#[test]
fn what_a_cloud_adds_to_its_errors_cannot_drive_the_terminal() {
    let broken = json!({ "break": { "after_ms": 0, "reason": "bad\u{1b}[2Jnews" } });
    let rule = json!({ "operation": "ensure", "kind": "nodes", "fault": broken });
    let project = Project::serving(1, &json!({ "faults": [rule] }));
    let ran = project.run("apply");
    assert_eq!(ran.code, 16);
    let told = ran.stdout + &ran.stderr;
    assert!(told.contains("news") && !told.contains('\u{1b}'), "{told}");
}
