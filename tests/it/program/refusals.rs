//! What keeps an apply from beginning, each with its code and nothing done.

use std::process::{Command, Stdio};

use serde_json::json;

use super::project::Project;

#[test]
fn nobody_to_ask_means_no() {
    let project = Project::serving(1, &json!({}));
    let command = project.command("apply");
    let words = command.get_args().filter(|word| *word != "--auto-approve");
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let mut asking = Command::new(command.get_program());
    asking.args(words).env_clear().envs(variables);
    asking.current_dir(project.path()).stdin(Stdio::null());
    let output = asking.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(10), "{said}");
    assert!(said.contains("error[apply::not-approved]"), "{said}");
    assert_eq!(project.objects(), []);
}

#[test]
fn a_sandbox_that_cannot_be_read_is_no_backend() {
    let project = Project::serving(1, &json!({"no such word": 1}));
    project.is_refused("apply", 1, "apply::provider");
}

#[test]
fn what_cannot_be_looked_up_is_not_made_again() {
    let project = Project::serving(1, &json!({}));
    project.does("apply");
    let before = project.objects();
    let silent = json!({"operation": "list", "fault": {"error": "unsupported"}});
    project.script(&json!({"faults": [silent]}));
    project.is_refused("apply", 16, "apply::unreachable");
    assert_eq!(project.objects(), before);
}
