//! The plan as JSON: its schema, its digest, and what policy tools read of it.

use mlinfra::catalog::text::sha256_hex;
use mlinfra::render::plan::schema;
use serde_json::Value;

use crate::cli::mlinfra;

fn plan(example: &str) -> Value {
    let ran = mlinfra(["plan", example, "--json"]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn every_example_keeps_to_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for example in [
        "examples/minimal",
        "examples/recommender",
        "examples/cloud-only",
        "examples/data-gravity",
        "examples/spot-or-not",
        "examples/committed",
    ] {
        let plan = plan(example);
        let errors: Vec<String> = validator
            .iter_errors(&plan)
            .map(|e| format!("{} at {}", e, e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{example}: {errors:#?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_plan() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut float = plan("examples/minimal");
    float["costs"]["total"] = Value::from(4.1);
    assert!(!validator.is_valid(&float));
    let mut action = plan("examples/minimal");
    action["resource_changes"][0]["change"]["actions"][0] = Value::from("explode");
    assert!(!validator.is_valid(&action));
    assert!(!validator.is_valid(&Value::Object(serde_json::Map::new())));
}

#[test]
fn the_digest_is_of_everything_else() {
    let mut plan = plan("examples/recommender");
    let stated = plan.as_object_mut().unwrap().remove("plan_sha256").unwrap();
    // What was judged of a plan depends on the day.
    plan.as_object_mut().unwrap().remove("policies").unwrap();
    assert_eq!(stated, Value::from(sha256_hex(plan.to_string().as_bytes())));
}

#[test]
fn resource_changes_read_like_terraforms() {
    let plan = plan("examples/recommender");
    let changes = plan["resource_changes"].as_array().unwrap();
    let addresses: Vec<&str> = changes
        .iter()
        .map(|c| c["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses, ["pool.prepare", "pool.train", "pool.serve"]);
    for change in changes {
        assert_eq!(change["change"]["actions"], serde_json::json!(["create"]));
        assert_eq!(change["change"]["before"], Value::Null);
    }
    assert_eq!(plan["summary"]["add"], 3);
    assert_eq!(plan["inputs"]["catalogs"].as_array().unwrap().len(), 10);
}
