//! A model's shape from the file that was published with it.

use serde_json::Value;

use crate::cli::mlinfra;

const SPEC: &str = r#"
project "p" {}

model "llama" {
  config = file("config.json")
}

stage "serve" {
  kind  = "serving"
  model = model.llama

  serving {
    max_batch = 2
    sequence  = 8192
    runtime   = "vllm"
  }

  requirements {
    gpu {
      prefer      = ["A2"]
      else_any_of = ["L4"]
    }
  }

  replicas {
    min = 1
  }
}
"#;

#[test]
fn a_config_beside_the_spec_says_what_the_model_needs() {
    let folder = tempfile::tempdir().unwrap();
    let config = std::fs::read("tests/models/llama-3-8b.json").unwrap();
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    std::fs::write(folder.path().join("main.mlinfra.hcl"), SPEC).unwrap();
    let ran = mlinfra(["plan", "--json", folder.path().to_str().unwrap()]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    let fit = &plan["fit"]["serve"];
    assert_eq!(fit["gpu"], "L4");
    assert_eq!(fit["refused"][0]["gpu"], "A2");
    let components = fit["estimate"]["components"].as_array().unwrap();
    let bytes = |term: &str| {
        let component = components.iter().find(|c| c["term"] == term);
        component.unwrap()["bytes"].as_u64().unwrap()
    };
    // 8,030,261,248 parameters in bf16, and 2 × 8,192 tokens of 131,072 B.
    assert_eq!(bytes("weights"), 2 * 8_030_261_248);
    assert_eq!(bytes("kv-cache"), 2 * 8192 * 131_072);
}
