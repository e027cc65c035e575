//! The answers for programs.

use mlinfra::render::fit::schema;
use serde_json::{Value, json};

use super::{DENSE_7B, TIED_1B, fit, printed};

#[track_caller]
fn document(model: &str, arguments: &str, code: i32) -> Value {
    serde_json::from_str(&printed(model, &format!("{arguments} --json"), code)).unwrap()
}

#[test]
fn answers_keep_to_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for (model, arguments, code) in [
        (DENSE_7B, "--batch 8 --sequence 2048 --slices", 0),
        (DENSE_7B, "--batch 8 --sequence 2048 --gpu A2", 19),
        (TIED_1B, "--for training --sequence 2048", 0),
        (
            "--parameters 350M",
            "--measured-memory 1=1GiB --measured-memory 2=2GiB",
            0,
        ),
        ("examples/recommender", "", 0),
    ] {
        let document = document(model, arguments, code);
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|e| format!("{} at {}", e, e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{model} {arguments}: {errors:#?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_answer() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut wrong = document(DENSE_7B, "--gpu A2", 0);
    wrong["jobs"][0]["gpus"][0]["verdict"] = json!("perhaps");
    assert!(!validator.is_valid(&wrong));
    assert!(!validator.is_valid(&json!({})));
}

#[test]
fn mlinfra_schema_prints_it() {
    let printed = crate::cli::mlinfra(["schema", "gpu-fit"]).run();
    assert_eq!(
        serde_json::from_str::<Value>(&printed.stdout).unwrap(),
        schema()
    );
}

#[test]
fn components_add_up_to_what_is_needed() {
    let document = document(DENSE_7B, "--batch 8 --sequence 2048 --gpu A2", 19);
    let gpu = &document["jobs"][0]["gpus"][0];
    let components = gpu["estimate"]["components"].as_array().unwrap();
    let sum: u64 = components
        .iter()
        .map(|c| c["bytes"].as_u64().unwrap())
        .sum();
    assert_eq!(gpu["needed_bytes"], sum);
    assert_eq!(components[0]["term"], "weights");
    assert_eq!(components[0]["bytes"], 6_738_415_616_u64 * 2);
    assert_eq!(components[1]["term"], "kv-cache");
    assert_eq!(components[1]["bytes"], 8_u64 << 30);
    assert_eq!(gpu["estimate"]["binding"], "weights");
}

#[test]
fn what_would_do_instead_is_in_it() {
    let document = document(DENSE_7B, "--batch 8 --sequence 2048 --gpu A2", 19);
    let job = &document["jobs"][0];
    assert_eq!(job["fits_any"], false);
    let gpu = &job["gpus"][0];
    assert_eq!(gpu["verdict"], "does-not-fit");
    assert_eq!(gpu["usable_basis"], "estimated");
    assert_eq!(gpu["largest_batch"], Value::Null);
    assert_eq!(gpu["largest_sequence"], 176);
    let fewest = json!({"gpus": 2, "tensor": 2, "sharding": null, "recompute": null});
    assert_eq!(gpu["fewest"], fewest);
}

#[test]
fn the_limit_is_95_percent_in_inference_and_10_elevenths_in_training() {
    let limit = |arguments: &str| {
        let document = document(TIED_1B, arguments, 0);
        let gpu = &document["jobs"][0]["gpus"][0];
        let number = |name: &str| gpu[name].as_u64().unwrap();
        (number("limit_bytes"), number("usable_bytes"))
    };
    let (inference, usable) = limit("--gpu A30");
    assert_eq!(
        (inference, usable),
        ((24_094_u64 << 20) * 95 / 100, 24_094 << 20)
    );
    let (training, _) = limit("--gpu A30 --for training --precision bf16");
    assert_eq!(training, (24_094_u64 << 20) * 100 / 110);
}

#[test]
fn errors_are_json_as_well() {
    let finished = fit(DENSE_7B, "--optimizer lion --json");
    assert_eq!((finished.code, finished.stderr.as_str()), (10, ""));
    let document: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(document["diagnostics"][0]["code"], "cli::usage");
}
