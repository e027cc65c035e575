//! Published models: their configurations and the headers of their weights.

use std::path::Path;

use serde_json::{Value, json};

use super::{fit, printed};

fn model(name: &str) -> String {
    format!("--config tests/models/{name}.json")
}

#[track_caller]
fn check(snapshot: &str, name: &str, arguments: &str) {
    let text = printed(&model(name), arguments, 0);
    insta::assert_snapshot!(snapshot, text);
}

#[test]
fn a_dense_decoder_is_read_from_its_configuration() {
    check(
        "config_llama_3_8b",
        "llama-3-8b",
        "--runtime vllm --batch 16 --sequence 8192 --gpu L40S",
    );
}

#[test]
fn a_mixture_in_mxfp4_is_read_from_its_configuration() {
    check(
        "config_gpt_oss_20b",
        "gpt-oss-20b",
        "--batch 4 --sequence 8192 --gpu RTX-4090",
    );
}

#[test]
fn an_encoder_is_read_from_its_configuration() {
    check(
        "config_bert_base_cased",
        "bert-base-cased",
        "--dtype fp16 --batch 32 --sequence 512 --gpu A2",
    );
}

#[test]
fn another_type_than_published_can_be_asked_for() {
    let weights = |arguments: &str| {
        let text = printed(
            &model("llama-3-8b"),
            &format!("--gpu B300 --json {arguments}"),
            0,
        );
        let document: Value = serde_json::from_str(&text).unwrap();
        document["jobs"][0]["gpus"][0]["estimate"]["components"][0]["bytes"].as_u64()
    };
    assert_eq!(weights(""), Some(2 * 8_030_261_248));
    assert_eq!(weights("--dtype fp32"), Some(4 * 8_030_261_248));
}

#[test]
fn more_tokens_than_a_model_was_made_for_are_noted() {
    let text = printed(&model("llama-3-8b"), "--sequence 9000 --gpu B300", 0);
    let note = "The model was made for 8,192 tokens at most, and 9,000 are asked for.\n";
    assert!(text.contains(note), "{text}");
}

#[test]
fn parts_for_images_are_said_to_be_missing() {
    let text = printed(&model("gemma-3-4b"), "--gpu B300", 0);
    assert!(
        text.contains("Only the model's text part is counted"),
        "{text}"
    );
}

/// A file of weights with one tensor of so many 16-bit values, all zero.
fn write_weights(path: &Path, dtype: &str, values: u64) {
    let header =
        json!({ "w": { "dtype": dtype, "shape": [values], "data_offsets": [0, values * 2] } });
    let header = header.to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.into_bytes());
    let length = bytes.len() as u64 + values * 2;
    std::fs::write(path, bytes).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(length).unwrap();
}

/// The formula of the weights, of a folder with such a file.
fn formula(dtype: &str, arguments: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.safetensors");
    write_weights(&path, dtype, 1_000_000);
    let config = format!("--config {}", path.display());
    let text = printed(&config, &format!("--gpu A2 --json {arguments}"), 0);
    let document: Value = serde_json::from_str(&text).unwrap();
    let weights = &document["jobs"][0]["gpus"][0]["estimate"]["components"][0];
    format!(
        "{} B: {}",
        weights["bytes"],
        weights["formula"].as_str().unwrap()
    )
}

#[test]
fn weights_are_as_large_as_their_files() {
    assert_eq!(
        formula("BF16", ""),
        "2000000 B: 1,000,000 parameters in bf16, as in its files"
    );
}

#[test]
fn weights_that_are_turned_into_another_type_are_not() {
    assert_eq!(
        formula("F16", "--dtype fp32"),
        "4000000 B: 1,000,000 parameters in fp32"
    );
}

#[test]
fn the_type_of_packed_weights_must_be_given() {
    let dir = tempfile::tempdir().unwrap();
    write_weights(&dir.path().join("model.safetensors"), "I16", 1000);
    let config = format!("--config {}", dir.path().display());
    let finished = fit(&config, "--gpu A2");
    assert_eq!(finished.code, 10);
    let hint = "hint: give it with `--dtype`\n";
    assert!(finished.stderr.ends_with(hint), "{}", finished.stderr);
    assert_eq!(fit(&config, "--gpu A2 --dtype int8").code, 0);
}

#[test]
fn a_configuration_that_isnt_there_is_an_error() {
    let finished = fit("--config nowhere.json", "");
    assert_eq!((finished.code, finished.stdout.as_str()), (1, ""));
    let head = "error[cli::cannot-read]: can't read a file\n";
    assert!(finished.stderr.starts_with(head), "{}", finished.stderr);
}

#[test]
fn a_configuration_and_a_spec_exclude_each_other() {
    let finished = fit(&model("llama-3-8b"), "examples/recommender");
    assert_eq!(finished.code, 10);
    assert!(
        finished.stderr.contains("cannot be used with"),
        "{}",
        finished.stderr
    );
}
