//! `mlinfra state` and `import`.

use serde_json::{Value, json};

use super::project::{Project, addresses, service};

#[test]
fn list_and_show_tell_what_exists() {
    let project = Project::serving(2, &json!({}));
    assert_eq!(project.does("state list").stdout, "Nothing exists now.\n");
    project.does("apply");
    let id = project.id("pool.serve.nodes[1]").id;
    let list = project.does("state list").stdout;
    assert!(
        list.contains("4 objects exist now: USD 0.40 per hour."),
        "{list}"
    );
    assert!(list.contains(&id), "{list}");
    let list: Value = serde_json::from_str(&project.does("state list --json").stdout).unwrap();
    assert_eq!(list["objects"].as_array().unwrap().len(), 4, "{list}");
    let shown = project.does("state show pool.serve.nodes[1]").stdout;
    assert!(shown.contains(&id) && shown.contains("c.xlarge"), "{shown}");
    let refused = project.is_refused(
        "state show pool.serve.nodes[7]",
        10,
        "apply::no-such-object",
    );
    assert!(
        refused
            .stderr
            .contains("did you mean `pool.serve.nodes[0]`?"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_state_can_be_pulled_and_pushed_and_an_older_one_only_by_force() {
    let project = Project::serving(1, &json!({}));
    project.is_refused("state pull", 10, "state::absent");
    project.does("apply");
    project.does("state pull -o first");
    project.does("state push first");
    project.spec(&[service("serve", "c.xlarge", 2, "")]);
    project.does("apply");
    project.is_refused("state push first", 1, "state::older");
    assert_eq!(project.agrees(), addresses("serve", 2));
    project.does("state push --force first");
    assert_eq!(project.state().objects.len(), 3);
    // The node that the older state doesn't know is found by its tag.
    project.does("apply");
    assert_eq!(project.agrees(), addresses("serve", 2));
    std::fs::write(project.path().join("torn"), "{\"sha256\": \"0").unwrap();
    project.is_refused("state push torn", 17, "state::damaged");
    let text = std::fs::read_to_string(project.path().join("first")).unwrap();
    let edited = text.replace("c.xlarge", "c.large");
    std::fs::write(project.path().join("edited"), edited).unwrap();
    project.is_refused("state push edited", 17, "state::damaged");
    project.spec_of("other", &[service("serve", "c.xlarge", 1, "")]);
    project.is_refused("state push first", 1, "state::other-project");
}

#[test]
fn the_history_has_what_the_state_was() {
    let project = Project::serving(1, &json!({}));
    project.does("apply");
    project.does("destroy");
    project.does("apply");
    let history: Value =
        serde_json::from_str(&project.does("state history --json").stdout).unwrap();
    let past = history["states"].as_array().unwrap();
    let serial = past.iter().find(|past| past["objects"] == 3);
    let serial = serial.unwrap_or_else(|| panic!("{history}"))["serial"].to_string();
    let then = project.does(&format!("state history {serial}")).stdout;
    let then = mlinfra::state::State::from_text(&then).unwrap();
    assert!(then.objects.keys().eq(&addresses("serve", 1)));
    project.is_refused("state history 4711", 10, "state::absent");
}

#[test]
fn a_state_that_was_put_back_to_an_older_one_is_refused() {
    let project = Project::serving(1, &json!({}));
    project.does("apply");
    let file = project.state_folder().join("state.json");
    let old = std::fs::read(&file).unwrap();
    project.spec(&[service("serve", "c.xlarge", 2, "")]);
    project.does("apply");
    std::fs::write(&file, old).unwrap();
    let before = project.objects();
    for words in ["apply", "destroy", "state list", "plan"] {
        project.is_refused(words, 17, "state::rolled-back");
    }
    std::fs::remove_file(&file).unwrap();
    project.is_refused("apply", 17, "state::rolled-back");
    assert_eq!(project.objects(), before);
}

#[test]
fn a_state_with_a_flipped_byte_is_refused_and_the_one_before_can_be_put_back() {
    let project = Project::serving(1, &json!({}));
    project.does("apply");
    project.is_done();
    let good = project.does("state pull -o good");
    assert_eq!(good.stdout, "");
    let file = project.state_folder().join("state.json");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let before = project.objects();
    let refused = project.is_refused("apply", 17, "state::damaged");
    assert!(
        refused.stderr.contains("mlinfra state history"),
        "{}",
        refused.stderr
    );
    assert_eq!(project.objects(), before);
}

#[test]
fn what_is_forgotten_stays_and_can_be_imported_again() {
    let project = Project::serving(2, &json!({}));
    project.does("apply");
    let node = project.id("pool.serve.nodes[0]");
    let forgotten = project.does("state rm pool.serve.nodes[0]").stderr;
    assert!(
        forgotten.contains("the next apply deletes it"),
        "{forgotten}"
    );
    assert_eq!(project.objects().len(), 4);
    project.is_refused("state rm pool.serve.nodes[0]", 10, "apply::no-such-object");
    project.does(&format!("import pool.serve.nodes[0] {}", node.id));
    assert_eq!(project.agrees(), addresses("serve", 2));
    project.is_done();
    assert_eq!(project.id("pool.serve.nodes[0]"), node);
}

#[test]
fn an_object_that_something_else_made_is_taken_over() {
    let project = Project::serving(2, &json!({}));
    project.does("apply");
    let node = project.id("pool.serve.nodes[0]");
    // Nobody's, and unknown: as if somebody had made it by hand.
    project.does("state rm pool.serve.nodes[0]");
    project.cloud().disown(&node).unwrap();
    let import = |address: &str, id: &str| format!("import {address} {id}");
    let nowhere = import("pool.serve.nodes[9]", &node.id);
    project.is_refused(&nowhere, 10, "apply::no-such-object");
    let nothing = import("pool.serve.nodes[0]", "nodes-4711");
    project.is_refused(&nothing, 10, "apply::no-such-object");
    let taken = import("pool.serve.nodes[1]", &node.id);
    project.is_refused(&taken, 1, "apply::cannot-import");
    project.does(&import("pool.serve.nodes[0]", &node.id));
    assert_eq!(project.agrees(), addresses("serve", 2));
    project.is_done();
    // Another project's is left to it.
    project.spec_of("other", &[service("serve", "c.xlarge", 1, "")]);
    project.is_refused(
        &import("pool.serve.nodes[0]", &node.id),
        1,
        "apply::cannot-import",
    );
}
