//! `mlinfra output`: what is handed over to others.

use serde_json::{Value, json};

use super::project::{Project, service};

/// A service with outputs that are known before and after an apply.
fn project() -> Project {
    let outputs = "output \"addresses\" {\n  value = stage.serve.addresses\n}\n\
                   output \"team\" {\n  value = \"vision\"\n}\n\
                   output \"nodes\" {\n  value     = stage.serve.node_ids\n  sensitive = true\n}\n";
    let project = Project::new(&[service("serve", "c.xlarge", 2, ""), outputs.to_owned()]);
    project.script(&json!({}));
    project
}

#[test]
fn outputs_have_terraforms_shape_and_hide_what_is_sensitive() {
    let project = project();
    let read =
        |words: &str| -> Value { serde_json::from_str(&project.does(words).stdout).unwrap() };
    assert_eq!(read("output --json")["addresses"]["value"], Value::Null);
    project.does("apply");
    let outputs = read("output --json");
    assert_eq!(
        outputs["team"],
        json!({ "value": "vision", "type": "string", "sensitive": false })
    );
    assert_eq!(outputs["addresses"]["value"].as_array().unwrap().len(), 2);
    assert_eq!(outputs["nodes"]["sensitive"], true);
    let ids: Vec<String> = project
        .objects()
        .iter()
        .filter_map(|object| Some(object.attributes.get("node_ids")?[0].as_str()?.to_owned()))
        .collect();
    assert_eq!(ids.len(), 2);
    let hidden = project.does("output --json").stdout + &project.does("output").stdout;
    assert!(ids.iter().all(|id| !hidden.contains(id)), "{hidden}");
    assert_eq!(
        read("output --json --show-sensitive")["nodes"]["value"],
        json!(ids)
    );
}

#[test]
fn one_output_is_printed_as_it_is_and_all_for_a_shell() {
    let project = project();
    assert_eq!(project.does("output team").stdout, "vision\n");
    project.is_refused("output addresses", 10, "apply::no-such-output");
    project.is_refused("output nothing", 10, "apply::no-such-output");
    project.does("apply");
    let env = project.does("output --format env").stdout;
    assert!(env.lines().any(|line| line.ends_with("='vision'")), "{env}");
    let shell = format!("{env}\nprintf %s \"$team$TEAM\"");
    let ran = std::process::Command::new("sh")
        .args(["-c", &shell])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), "vision", "{env}");
}
