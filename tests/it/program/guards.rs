//! What is protected stays, on every path.

use serde_json::json;

use super::project::{Project, addresses, service};

#[test]
fn a_protected_stage_is_neither_destroyed_nor_replaced_nor_dropped() {
    let protected = "  prevent_destroy = true";
    let project = Project::new(&[service("serve", "c.xlarge", 1, protected)]);
    project.script(&json!({}));
    project.does("apply");
    let before = project.objects();
    let refused = |words: &str| {
        project.is_refused(words, 14, "apply::prevent-destroy");
        assert_eq!(project.objects(), before, "{words}");
    };
    refused("destroy");
    refused("destroy -target serve");
    refused("apply -replace serve");
    project.spec(&[service("serve", "t3.xlarge", 1, protected)]);
    refused("apply");
    project.spec(&[service("other", "c.xlarge", 1, "")]);
    refused("apply");
    // What the state says holds even where the spec says it no more, until that was applied.
    project.spec(&[service("serve", "t3.xlarge", 1, "")]);
    refused("apply");
    project.spec(&[service("serve", "c.xlarge", 1, "")]);
    project.does("apply");
    project.spec(&[service("serve", "t3.xlarge", 1, "")]);
    project.does("apply");
    assert_eq!(project.agrees(), addresses("serve", 1));
    project.does("destroy");
    assert_eq!(project.objects(), []);
}

#[test]
fn what_the_spec_protects_now_is_protected_though_it_was_never_applied() {
    let project = Project::serving(1, &json!({}));
    project.does("apply");
    project.spec(&[service("serve", "c.xlarge", 1, "  prevent_destroy = true")]);
    project.is_refused("destroy", 14, "apply::prevent-destroy");
    assert_eq!(project.agrees(), addresses("serve", 1));
}
