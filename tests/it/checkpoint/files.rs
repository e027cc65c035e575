//! Models on disk.

use std::fs;
use std::path::Path;

use mlinfra::store::models;

const HEADER: &str = r#"{"a.weight": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}"#;

fn weights(data: usize) -> Vec<u8> {
    let mut bytes = u64::try_from(HEADER.len()).unwrap().to_le_bytes().to_vec();
    bytes.extend(HEADER.as_bytes());
    bytes.extend(vec![0; data]);
    bytes
}

#[track_caller]
fn refused(path: &Path, code: &str, detail: &str) {
    let error = models::read(path).unwrap_err();
    assert_eq!(error.code.slug, code);
    assert!(error.detail.contains(detail), "{}", error.detail);
}

#[test]
fn a_folder_is_read_with_the_headers_that_its_index_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    refused(path, "checkpoint::not-found", "holds no `config.json`");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models/gpt2.json");
    fs::copy(config, path.join("config.json")).unwrap();
    let index = r#"{"weight_map": {"a.weight": "1.safetensors"}}"#;
    fs::write(path.join("model.safetensors.index.json"), index).unwrap();
    refused(
        path,
        "checkpoint::weights",
        "names `1.safetensors`, which isn't there beside it",
    );
    fs::write(path.join("1.safetensors"), weights(4)).unwrap();
    let found = models::read(path).unwrap();
    assert_eq!(found.config.unwrap().census.total, 124_439_808);
    assert_eq!(found.weights.unwrap().bytes(), 4);
}

#[test]
fn an_index_leads_to_no_other_folder() {
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("model.safetensors.index.json");
    fs::write(folder.path().join("1.safetensors"), weights(4)).unwrap();
    fs::write(&index, r#"{"weight_map": {"a": "./1.safetensors"}}"#).unwrap();
    refused(&index, "checkpoint::weights", "`./1.safetensors`");
}

#[test]
fn weights_that_are_cut_off_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.safetensors");
    fs::write(&file, weights(3)).unwrap();
    let detail = "it is cut off: 4 bytes are needed, and there are 3";
    refused(&file, "checkpoint::weights", detail);
}

#[test]
fn a_configuration_without_a_family_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    fs::write(&file, "{}").unwrap();
    refused(&file, "checkpoint::config", "neither `model_type`");
}
