//! SIGINT and SIGTERM: the program ends within five seconds, and the next one goes on.

use std::time::{Duration, Instant};

use serde_json::json;

use super::project::{Project, Running, addresses, until};

/// A project whose nodes are being made and take half a minute, and the program that makes them.
fn being_made() -> (Project, Running) {
    let script = json!({ "latency": { "nodes": { "create_ms": 30_000 } } });
    let project = Project::serving(2, &script);
    let running = project.start("apply");
    until("the nodes are being made", || project.objects().len() == 4);
    (project, running)
}

#[track_caller]
fn ends(signal: &str, code: i32) {
    let (project, running) = being_made();
    running.signal(signal);
    let asked = Instant::now();
    let ran = running.ended();
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(ran.code, code, "{}\n{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("2 under way when it was stopped"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("2 more may come of what was under way"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("mlinfra resume --sandbox"),
        "{}",
        ran.stdout
    );
    // Nobody holds the state, and what was being made is known: all of it is deleted at once.
    project.is_refused("state unlock 1", 1, "state::not-locked");
    let nodes = project.objects();
    let planned = project.does("plan").stdout;
    assert!(planned.contains("it isn't ready yet"), "{planned}");
    assert_eq!(project.objects(), nodes);
    project.does("destroy");
    assert_eq!(project.objects(), []);
}

#[test]
fn ctrl_c_ends_it_within_five_seconds_with_130() {
    ends("INT", 130);
}

#[test]
fn sigterm_ends_it_within_five_seconds_with_143() {
    ends("TERM", 143);
}

#[test]
fn a_second_signal_ends_it_at_once_and_nothing_is_lost() {
    let (project, running) = being_made();
    running.signal("INT");
    std::thread::sleep(Duration::from_millis(200));
    running.signal("INT");
    let asked = Instant::now();
    assert_eq!(running.ended().code, 130);
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    project.does("destroy");
    assert_eq!(project.objects(), []);
}

#[test]
fn the_next_apply_waits_for_what_is_being_made_instead_of_making_another() {
    let script = json!({ "latency": { "nodes": { "create_ms": 5_000 } } });
    let project = Project::serving(1, &script);
    let running = project.start("apply");
    until("the node is being made", || project.objects().len() == 3);
    let node = project.objects().pop().unwrap();
    running.signal("TERM");
    assert_eq!(running.ended().code, 143);
    let ran = project.does("apply");
    assert!(
        ran.stderr.contains("pool.serve.nodes[0] isn't ready yet"),
        "{}",
        ran.stderr
    );
    assert_eq!(project.agrees(), addresses("serve", 1));
    let now = project
        .objects()
        .into_iter()
        .find(|object| object.id == node.id)
        .unwrap();
    assert_eq!(now.condition, mlinfra_provider_api::Condition::Ready);
    project.is_done();
}

#[test]
fn a_signal_during_destroy_leaves_what_is_left_to_the_next() {
    let project = Project::serving(
        2,
        &json!({ "latency": { "nodes": { "remove_ms": 30_000 } } }),
    );
    project.does("apply");
    let running = project.start("destroy");
    let deleting = mlinfra_provider_api::Condition::Deleting;
    until("the nodes are being deleted", || {
        project
            .objects()
            .iter()
            .any(|object| object.condition == deleting)
    });
    running.signal("INT");
    let ran = running.ended();
    assert_eq!(ran.code, 130, "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(project.agrees(), addresses("serve", 2));
}
