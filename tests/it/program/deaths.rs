//! Deaths at every write of state and journal, and at every call of the cloud.

use serde_json::json;

use super::project::{Project, addresses, service, slow};

/// How many nodes are made.
const NODES: u32 = 2;

/// Dies before or after each write of a command in turn, until one survives; what the project is like
/// before, and what is to be there after the next try.
#[track_caller]
fn at_every_write(words: &str, after: &str, before: impl Fn() -> Project, then: impl Fn(&Project)) {
    for write in 1..100 {
        let project = before();
        let at = format!("{write}{after}");
        let ran = project
            .start_with(words, "MLINFRA_TEST_DIE_AT", &at)
            .ended();
        if ran.code == 0 {
            assert!(write > 4, "{words} writes more than {write} times");
            return;
        }
        assert_eq!(ran.code, -1, "at {at}: {}\n{}", ran.stdout, ran.stderr);
        then(&project);
    }
    panic!("{words} never survives");
}

fn new() -> Project {
    Project::serving(NODES, &json!({}))
}

fn made() -> Project {
    let project = new();
    project.does("apply");
    project
}

fn is_whole(project: &Project) {
    assert_eq!(project.agrees(), addresses("serve", NODES));
    project.is_done();
}

fn is_gone(project: &Project) {
    assert_eq!(project.objects(), []);
    assert_eq!(project.agrees(), [""; 0]);
}

#[test]
fn an_apply_that_dies_before_a_write_is_made_whole_by_the_next() {
    at_every_write("apply", "", new, |project| {
        project.does("apply");
        is_whole(project);
    });
}

#[test]
fn an_apply_that_dies_after_a_write_is_made_whole_by_the_next() {
    at_every_write("apply", "+", new, |project| {
        project.does("apply");
        is_whole(project);
    });
}

#[test]
fn an_apply_that_dies_at_a_write_is_gone_on_with_or_taken_back() {
    at_every_write("apply", "+", new, |project| {
        let undone = project.run("undo");
        assert!(
            matches!(undone.code, 0 | 10),
            "{}\n{}",
            undone.stdout,
            undone.stderr
        );
        if undone.code == 0 {
            is_gone(project);
            project.is_refused("resume", 10, "apply::nothing-open");
        }
        project.does("apply");
        is_whole(project);
    });
}

#[test]
fn a_destroy_that_dies_at_a_write_is_finished_by_the_next() {
    for after in ["", "+"] {
        at_every_write("destroy", after, made, |project| {
            project.does("destroy");
            is_gone(project);
        });
    }
}

#[test]
fn a_replacement_that_dies_at_a_write_ends_with_each_node_once() {
    let before = || {
        let project = made();
        project.spec(&[service("serve", "t3.xlarge", NODES, "")]);
        project
    };
    at_every_write("apply", "+", before, |project| {
        project.does("apply");
        is_whole(project);
        let nodes = project.objects().into_iter();
        let types = nodes.filter_map(|object| object.attributes.get("instance_type").cloned());
        assert!(types.eq([json!("t3.xlarge"), json!("t3.xlarge")]));
    });
}

#[test]
fn a_recovery_that_dies_at_a_write_is_made_whole_by_the_next() {
    let before = || {
        let project = Project::serving(NODES, &slow());
        // In the middle: the nodes are being made.
        let ran = project
            .start_with("apply", "MLINFRA_TEST_DIE_AT", "10")
            .ended();
        assert_eq!(ran.code, -1, "{}", ran.stderr);
        project
    };
    at_every_write("apply", "+", before, |project| {
        project.does("apply");
        is_whole(project);
    });
}

/// Dies at each call of the cloud in turn, until one survives.
#[track_caller]
fn at_every_call(fault: &str, words: &str, before: impl Fn() -> Project, then: impl Fn(&Project)) {
    for call in 1..100 {
        let project = before();
        project.script(&json!({ "faults": [
            { "name": "death", "when": { "calls": [call] }, "fault": fault },
        ] }));
        let ran = project.run(words);
        if ran.code == 0 {
            assert!(call > 4, "{words} calls more than {call} times");
            return;
        }
        assert_eq!(ran.code, -1, "at {call}: {}\n{}", ran.stdout, ran.stderr);
        then(&project);
    }
    panic!("{words} never survives");
}

#[test]
fn an_apply_that_dies_in_a_call_is_made_whole_by_the_next() {
    for fault in ["crash-before", "crash-after"] {
        at_every_call(fault, "apply", new, |project| {
            project.does("apply");
            is_whole(project);
        });
    }
}

#[test]
fn a_destroy_that_dies_in_a_call_is_finished_by_the_next() {
    for fault in ["crash-before", "crash-after"] {
        at_every_call(fault, "destroy", made, |project| {
            project.does("destroy");
            is_gone(project);
        });
    }
}

#[test]
fn what_was_begun_and_is_wanted_otherwise_now_is_there_as_it_is_wanted() {
    for fault in ["crash-before", "crash-after"] {
        let project = new();
        project.script(&json!({ "faults": [
            { "operation": "ensure", "kind": "nodes", "when": { "calls": [1] }, "fault": fault },
        ] }));
        assert_eq!(project.run("apply").code, -1);
        project.spec(&[service("serve", "t3.xlarge", NODES, "")]);
        project.does("apply");
        is_whole(&project);
    }
}
