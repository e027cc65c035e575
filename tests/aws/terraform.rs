//! What Terraform reads of the training stage: a third client. Only where it is on the machine and its
//! provider for AWS can be had without a network, since it has half a gigabyte.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::moto::Moto;
use crate::program::{Project, TRAINING};

/// A folder with the provider, as `terraform providers mirror` makes it.
const PLUGINS: &str = "MLINFRA_TEST_TERRAFORM_PLUGINS";

fn terraform(folder: &Path, moto: &Moto, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("terraform")
        .args(arguments)
        .current_dir(folder)
        .env_remove("TF_CLI_CONFIG_FILE")
        .env("CHECKPOINT_DISABLE", "1")
        .env("AWS_ENDPOINT_URL", moto.endpoint())
        .env("AWS_ACCESS_KEY_ID", "terraform")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    output.stdout
}

#[test]
fn terraform_reads_the_gang_as_it_was_planned() {
    let Some(plugins) = std::env::var_os(PLUGINS) else {
        println!("not made: {PLUGINS} names no folder with Terraform's provider for AWS");
        return;
    };
    let Some(moto) = Moto::shared() else { return };
    Project::new(&moto, TRAINING).applied();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("main.tf"), include_str!("training.tf")).unwrap();
    let plugins = format!("-plugin-dir={}", plugins.to_string_lossy());
    terraform(folder, &moto, &["init", "-no-color", &plugins]);
    terraform(folder, &moto, &["apply", "-auto-approve", "-no-color"]);
    let read = terraform(folder, &moto, &["output", "-json", "train"]);
    let mut read: Value = serde_json::from_slice(&read).unwrap();
    for node in read["nodes"].as_array_mut().unwrap() {
        let group = node["group"].as_str().unwrap();
        assert!(group.starts_with("aws-training-train-"), "{group}");
        node["group"].take();
    }
    let node = json!({
        "type": "g5.2xlarge", "zone": read["nodes"][0]["zone"], "group": null,
        "metadata": "required", "security": true,
    });
    let template = json!({
        "default": 1, "disk": 200, "metadata": "required", "security": true,
    });
    assert_eq!(read, json!({"nodes": vec![node; 4], "template": template}));
}
