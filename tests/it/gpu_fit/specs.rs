//! Models of specs, and what arguments change about them.

use std::path::Path;

use serde_json::Value;

use super::{fit, printed};
use crate::cli::{Finished, mlinfra};

const SPEC: &str = r#"
project "fit" {
  owner = "team"
}

model "small" {
  parameters = "1235814400"
  dtype      = "bf16"
  architecture {
    layers          = 16
    hidden          = 2048
    heads           = 32
    kv_heads        = 8
    head_dim        = 64
    ffn             = 8192
    vocab           = 128256
    tied_embeddings = true
  }
}

stage "tune" {
  kind  = "training"
  model = model.small
  requirements {
    gpu { count = 2 }
  }
  training {
    sequence    = 512
    micro_batch = 1
    sharding    = "zero2"
    PROBE
  }
  run {
    runs_per_month = 1
    duration       = "1h"
  }
}

stage "answer" {
  kind  = "serving"
  model = model.small
  requirements {
    gpu { count = 1 }
  }
  serving {
    runtime   = "vllm"
    max_batch = 8
    sequence  = 4096
  }
  replicas {
    min = 1
    max = 1
  }
}

stage "tables" {
  kind = "data-processing"
  requirements {
    vcpus = 4
  }
  run {
    runs_per_month = 1
    duration       = "1h"
  }
}
"#;

/// Asks about the spec above, in a folder of its own.
#[track_caller]
fn ask(probe: &str, arguments: &str) -> Finished {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), probe);
    let words = ["gpu", "fit"]
        .into_iter()
        .chain(arguments.split_whitespace());
    mlinfra(words).in_dir(dir.path()).run()
}

fn write(dir: &Path, probe: &str) {
    let spec = SPEC.replace("PROBE", probe);
    std::fs::write(dir.join("main.mlinfra.hcl"), spec).unwrap();
}

/// The first words of the answers, one for each stage.
fn heads(finished: &Finished) -> Vec<&str> {
    let lines = finished.stdout.lines();
    lines.filter(|line| line.starts_with("Stage ")).collect()
}

#[test]
fn every_stage_with_a_model_is_answered() {
    let finished = ask("", "--gpu A30");
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (0, ""),
        "{}",
        finished.stdout
    );
    let heads = heads(&finished);
    assert_eq!(heads.len(), 2);
    assert!(
        heads[0].starts_with("Stage `answer` fits one A30: it needs "),
        "{heads:?}"
    );
    assert!(
        heads[1].starts_with("Stage `tune` fits 2 × A30: it needs "),
        "{heads:?}"
    );
}

#[test]
fn arguments_change_what_the_spec_says() {
    let job = |arguments: &str| {
        let finished = ask("", arguments);
        let mut lines = finished.stdout.lines().skip_while(|line| !line.is_empty());
        lines.nth(1).unwrap_or(&finished.stderr).to_owned()
    };
    assert_eq!(
        job("--stage answer --gpu A2"),
        "1.24B parameters in bf16: inference by vllm of 8 × 4,096 tokens on 1 GPU."
    );
    assert_eq!(
        job("--stage answer --gpu A2 --dtype int8 --batch 2 --sequence 128 --runtime triton"),
        "1.24B parameters in int8: inference by triton of 2 × 128 tokens on 1 GPU."
    );
    assert_eq!(
        job("--stage answer --gpu A2 --for training --method qlora"),
        "1.24B parameters: qlora training (mixed, adamw) in batches of 1 on 1 GPU."
    );
    assert_eq!(
        job("--stage answer --gpu A2 --layers 32 --parameters 2B --gpus 2"),
        "2B parameters in bf16: inference by vllm of 8 × 4,096 tokens on 2 GPUs (tensor"
    );
}

#[test]
fn more_layers_need_more_cache() {
    let cache = |arguments: &str| {
        let finished = ask("", &format!("--stage answer --gpu A2 --json {arguments}"));
        let document: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
        let components = &document["jobs"][0]["gpus"][0]["estimate"]["components"];
        components[1]["bytes"].as_u64().unwrap()
    };
    assert_eq!(cache("--layers 32"), 2 * cache(""));
}

#[test]
fn tight_gpus_count_only_for_stages_with_a_probe() {
    let arguments = "--stage tune --gpu A30 --sequence SEQUENCE";
    let verdict = |sequence: u32, probe: &str| {
        let arguments = arguments.replace("SEQUENCE", &sequence.to_string());
        let finished = ask(probe, &arguments);
        (
            finished.code,
            finished
                .stdout
                .starts_with("Stage `tune` is tight on 2 × A30"),
        )
    };
    let tight = (1..400)
        .map(|n| n * 64)
        .find(|n| verdict(*n, "").1)
        .unwrap();
    assert_eq!(verdict(tight, ""), (19, true));
    assert_eq!(
        verdict(tight, "probe = [\"python\", \"try.py\"]"),
        (0, true)
    );
}

#[test]
fn a_stage_without_a_model_has_nothing_to_fit() {
    let finished = ask("", "--stage tables");
    assert_eq!((finished.code, finished.stdout.as_str()), (10, ""));
    assert_eq!(
        finished.stderr,
        "error[gpu::no-model]: no model to fit\n\nStage `tables` names no `model`.\n\n\
         hint: name one in the spec: `model = model.NAME`, with a block `model \"NAME\"`\n\
         hint: or give one by arguments: `--parameters 7B`, with `--layers` and so on\n"
    );
}

#[test]
fn a_spec_without_models_has_nothing_to_fit() {
    let finished = fit("examples/minimal", "");
    assert_eq!(finished.code, 10);
    assert!(
        finished.stderr.contains("names a `model`."),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_stage_that_isnt_there_is_a_mistake() {
    let finished = fit("examples/recommender", "--stage serv");
    assert_eq!(finished.code, 10);
    let head = "error[planning::unknown-stage]: unknown stage\n";
    assert!(finished.stderr.starts_with(head), "{}", finished.stderr);
}

#[test]
fn warnings_of_the_spec_dont_hide_the_answer() {
    let text = printed("examples/recommender", "--stage serve --gpu A2", 0);
    let first = text.lines().next().unwrap();
    assert_eq!(
        first,
        "Stage `serve` fits one A2 as far as is counted: it needs at least 1.65 GiB on"
    );
}

#[test]
fn a_stage_that_the_plan_does_not_judge_is_said_to_be_one() {
    let example = std::fs::read_to_string("examples/fits-or-not/main.mlinfra.hcl").unwrap();
    let (before, rest) = example.split_once("  training {").unwrap();
    let (_, after) = rest.split_once("\n  }\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("main.mlinfra.hcl"),
        [before, after].concat(),
    )
    .unwrap();
    let finished = mlinfra(["gpu", "fit", "--stage", "adapt"])
        .in_dir(folder.path())
        .run();
    let note = "The stage has no `training` block. One without arguments is taken here, and \
                `mlinfra plan` doesn't judge the stage's GPUs.";
    let lines = finished.stdout.replace('\n', " ");
    assert!(lines.contains(note), "{}", finished.stdout);
}

/// Both are asked for every stage and its own GPU, and for those that the plan refuses.
#[test]
fn the_plan_and_gpu_fit_say_the_same_of_each_gpu() {
    let example = "examples/fits-or-not";
    let json = |arguments: &[&str]| -> Value {
        let finished = mlinfra(arguments.iter().copied()).run();
        assert_eq!(finished.stderr, "");
        serde_json::from_str(&finished.stdout).unwrap()
    };
    let plan = json(&["plan", example, "--json"]);
    let fits = json(&["gpu", "fit", example, "--json"]);
    let mut compared = 0;
    for answer in fits["jobs"].as_array().unwrap() {
        let planned = &plan["fit"][answer["stage"].as_str().unwrap()];
        let of = |gpu: &Value| {
            let mut gpus = answer["gpus"].as_array().unwrap().iter();
            gpus.find(|known| known["gpu"] == *gpu).unwrap()
        };
        let own = of(&planned["gpu"]);
        for key in ["largest_batch", "largest_sequence"] {
            assert_eq!(own[key], planned[key]);
        }
        assert_eq!(
            own["estimate"]["components"],
            planned["estimate"]["components"]
        );
        let refused = planned["refused"].as_array().unwrap().iter();
        for judged in std::iter::once(planned).chain(refused) {
            let own = of(&judged["gpu"]);
            for key in ["verdict", "needed_bytes", "limit_bytes", "usable_bytes"] {
                assert_eq!(own[key], judged[key], "{key}");
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 4);
}
