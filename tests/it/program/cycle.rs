//! From nothing to all and back: apply, drift, changes of the spec, destroy.

use mlinfra_provider_api::Attributes;
use serde_json::json;

use super::project::{Project, addresses, gang, service, slow};

#[test]
fn a_second_apply_does_nothing_and_destroy_leaves_nothing() {
    let project = Project::new(&[service("serve", "c.xlarge", 3, ""), gang("")]);
    project.script(&slow());
    let ran = project.does("apply");
    assert!(
        ran.stdout.contains("9 created, 0 changed, 0 destroyed"),
        "{}",
        ran.stdout
    );
    let mut all = addresses("serve", 3);
    let gang = [
        "launch-template",
        "nodes",
        "placement-group",
        "security-group",
    ];
    all.extend(gang.map(|what| format!("pool.train.{what}")));
    assert_eq!(project.agrees(), all);
    let before = project.objects();
    project.is_done();
    assert_eq!(project.objects(), before);
    let ran = project.does("destroy");
    assert!(
        ran.stdout.contains("0 created, 0 changed, 9 destroyed"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("Nothing exists now."), "{}", ran.stdout);
    assert_eq!(project.objects(), []);
    assert_eq!(project.agrees(), [""; 0]);
    let ran = project.does("destroy");
    assert!(ran.stdout.contains("0 destroyed"), "{}", ran.stdout);
}

#[test]
fn what_something_else_changed_is_set_back_and_what_it_deleted_is_made_anew() {
    let project = Project::serving(3, &json!({}));
    project.does("apply");
    let (gone, group) = (
        project.id("pool.serve.nodes[1]"),
        project.id("pool.serve.security-group"),
    );
    project.cloud().delete(&gone).unwrap();
    let open = json!([{ "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0" }]);
    let open = Attributes::from([("rules".to_owned(), open)]);
    project.cloud().change(&group, &open).unwrap();
    let ran = project.does("apply");
    assert!(
        ran.stdout.contains("1 created, 1 changed, 0 destroyed"),
        "{}",
        ran.stdout
    );
    assert_eq!(project.agrees(), addresses("serve", 3));
    assert_ne!(project.id("pool.serve.nodes[1]"), gone);
    let group = project
        .objects()
        .into_iter()
        .find(|object| object.id == group);
    assert_ne!(group.unwrap().attributes["rules"], open["rules"]);
    project.is_done();
}

#[test]
fn a_spot_node_that_was_taken_away_is_replaced_by_the_next_apply() {
    let project = Project::new(&[gang("")]);
    project.does("apply");
    let taken = project.id("pool.train.nodes");
    project.cloud().interrupt(&taken).unwrap();
    project.does("apply");
    assert_ne!(project.id("pool.train.nodes"), taken);
    assert_eq!(project.agrees().len(), 4);
    project.is_done();
}

#[test]
fn what_can_be_changed_in_place_stays_the_same_object() {
    let project = Project::serving(2, &json!({}));
    project.does("apply");
    let before: Vec<_> = project
        .objects()
        .into_iter()
        .map(|object| object.id)
        .collect();
    let open = "  nodes {\n    open_ports = [443]\n    open_to    = [\"10.0.0.0/8\"]\n  }";
    project.spec(&[service("serve", "c.xlarge", 2, open)]);
    let ran = project.does("apply");
    assert!(
        ran.stdout.contains("0 created, 1 changed, 0 destroyed"),
        "{}",
        ran.stdout
    );
    let after: Vec<_> = project
        .objects()
        .into_iter()
        .map(|object| object.id)
        .collect();
    assert_eq!(after, before);
    project.is_done();
}

/// Where a line begins with an address and says something.
#[track_caller]
fn place(text: &str, says: &str) -> usize {
    text.find(says)
        .unwrap_or_else(|| panic!("no `{says}` in:\n{text}"))
}

#[test]
fn new_nodes_are_there_before_the_old_ones_go_unless_the_spec_says_otherwise() {
    let project = Project::serving(1, &json!({}));
    project.does("apply");
    project.spec(&[service("serve", "t3.xlarge", 1, "")]);
    let ran = project.does("apply").stderr;
    let (made, deleted) = ("nodes[0]: created", "nodes[0]: deleting");
    assert!(place(&ran, made) < place(&ran, deleted), "{ran}");
    assert_eq!(project.agrees(), addresses("serve", 1));
    project.spec(&[service(
        "serve",
        "c.xlarge",
        1,
        "  replace = \"delete-first\"",
    )]);
    let ran = project.does("apply").stderr;
    let (gone, making) = ("nodes[0]: deleted", "nodes[0]: creating");
    assert!(place(&ran, gone) < place(&ran, making), "{ran}");
    assert_eq!(project.agrees(), addresses("serve", 1));
    project.is_done();
}

#[test]
fn more_nodes_are_added_and_fewer_leave_the_others_alone() {
    let project = Project::serving(2, &json!({}));
    project.does("apply");
    let first = project.id("pool.serve.nodes[0]");
    for nodes in [4, 1] {
        project.spec(&[service("serve", "c.xlarge", nodes, "")]);
        project.does("apply");
        assert_eq!(project.agrees(), addresses("serve", nodes));
        assert_eq!(project.id("pool.serve.nodes[0]"), first);
    }
}

#[test]
fn a_stage_that_the_spec_has_no_more_is_deleted_with_all_that_it_had() {
    let (kept, gone) = (
        service("kept", "c.xlarge", 1, ""),
        service("gone", "c.xlarge", 2, ""),
    );
    let project = Project::new(&[kept.clone(), gone]);
    project.does("apply");
    project.spec(&[kept]);
    let ran = project.does("apply");
    assert!(
        ran.stdout.contains("0 created, 0 changed, 4 destroyed"),
        "{}",
        ran.stdout
    );
    assert_eq!(project.agrees(), addresses("kept", 1));
}

#[test]
fn a_target_leaves_all_other_stages_alone() {
    let (a, b) = (
        service("a", "c.xlarge", 1, ""),
        service("b", "c.xlarge", 1, ""),
    );
    let project = Project::new(&[a, b]);
    let ran = project.does("apply -target a");
    assert!(
        ran.stderr.contains("warning[apply::partial]"),
        "{}",
        ran.stderr
    );
    assert_eq!(project.agrees(), addresses("a", 1));
    project.does("apply");
    project.does("destroy -target a");
    assert_eq!(project.agrees(), addresses("b", 1));
    project.is_refused("apply -target c", 10, "planning::unknown-stage");
}
