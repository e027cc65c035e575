//! Two at once: one of them has the state, and the other is told who.

use std::time::Duration;

use serde_json::{Value, json};

use super::project::{Project, Running, addresses, until};

/// A project whose nodes are being made, and the program that makes them.
fn being_made(create_ms: u64) -> (Project, Running) {
    let script = json!({ "latency": { "nodes": { "create_ms": create_ms } } });
    let project = Project::serving(2, &script);
    let running = project.start("apply");
    until("the nodes are being made", || project.objects().len() == 4);
    (project, running)
}

#[test]
fn the_second_of_two_is_refused_and_told_who_holds_the_state() {
    let (project, first) = being_made(1_500);
    for words in ["apply", "destroy", "state rm pool.serve.nodes[0]"] {
        let refused = project.is_refused(words, 12, "state::locked").stderr;
        assert!(refused.contains("It is held by ada on "), "{refused}");
        assert!(refused.contains("with `apply`"), "{refused}");
        assert!(refused.contains("mlinfra state unlock 1"), "{refused}");
    }
    // Who only looks isn't kept out.
    project.does("state list");
    project.does("plan");
    assert_eq!(first.ended().code, 0);
    assert_eq!(project.agrees(), addresses("serve", 2));
    project.is_done();
}

/// Makes the lease one whose time is over, as if a minute had passed.
fn expire(project: &Project) {
    let file = project.state_folder().join("lease.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lease: Value = serde_json::from_str(&text).unwrap();
    lease["expires"] = "2020-01-01T00:00:00Z".into();
    std::fs::write(&file, format!("{lease:#}\n")).unwrap();
}

#[test]
fn a_holder_that_wakes_after_another_took_over_writes_nothing() {
    let (project, first) = being_made(700);
    first.signal("STOP");
    project.is_refused("apply", 12, "state::locked");
    expire(&project);
    project.does("apply");
    let (objects, state) = (project.objects(), project.state());
    first.signal("CONT");
    let woken = first.ended();
    assert_eq!(woken.code, 12, "{}\n{}", woken.stdout, woken.stderr);
    assert!(
        woken.stderr.contains("error[state::lock-lost]"),
        "{}",
        woken.stderr
    );
    assert_eq!(project.objects(), objects);
    assert_eq!(project.state(), state);
    assert_eq!(project.agrees(), addresses("serve", 2));
    project.is_done();
}

#[test]
fn a_lock_that_is_broken_stops_its_holder() {
    let (project, first) = being_made(1_000);
    let refused = project
        .is_refused("state unlock 7", 1, "state::not-locked")
        .stderr;
    assert!(refused.contains("held under the number 1"), "{refused}");
    project.does("state unlock 1");
    let stopped = first.ended();
    assert_eq!(stopped.code, 12, "{}\n{}", stopped.stdout, stopped.stderr);
    assert!(
        stopped.stderr.contains("error[state::lock-lost]"),
        "{}",
        stopped.stderr
    );
    project.does("apply");
    assert_eq!(project.agrees(), addresses("serve", 2));
    project.is_refused("state unlock 1", 1, "state::not-locked");
}

#[test]
fn nobody_waits_for_a_holder_that_was_killed_on_this_machine() {
    let (project, first) = being_made(100);
    assert!(first.killed_after(Duration::ZERO));
    project.does("apply");
    assert_eq!(project.agrees(), addresses("serve", 2));
}

#[test]
fn a_holder_of_another_machine_is_waited_for_though_its_number_is_nobodys_here() {
    let (project, first) = being_made(30_000);
    assert!(first.killed_after(Duration::ZERO));
    let file = project.state_folder().join("lease.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lease: Value = serde_json::from_str(&text).unwrap();
    lease["holder"]["life"] = "another-boot pid:[1] 1".into();
    std::fs::write(&file, format!("{lease:#}\n")).unwrap();
    project.is_refused("destroy", 12, "state::locked");
    expire(&project);
    project.does("destroy");
    assert_eq!(project.objects(), []);
}
