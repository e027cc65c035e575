//! `mlinfra explain`: what it prints for every example, that its figures hold, and its mistakes.
//!
//! `MLINFRA_UPDATE=1` writes the texts in `tests/it/planning/explained` anew, to be read in review.

use std::path::Path;

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::planning::explain::{Explanation, Question, Subject, explain};
use mlinfra::planning::{Options, plan};
use mlinfra::units::Rate;
use mlinfra::{render, spec};
use serde_json::Value;

use crate::cli::mlinfra;

/// Every stage of every example.
const STAGES: &[(&str, &str)] = &[
    ("minimal", "report"),
    ("recommender", "prepare"),
    ("recommender", "train"),
    ("recommender", "serve"),
    ("cloud-only", "prepare"),
    ("cloud-only", "train"),
    ("cloud-only", "serve"),
    ("data-gravity", "embed"),
    ("data-gravity", "frames"),
    ("data-gravity", "index"),
    ("spot-or-not", "by-morning"),
    ("spot-or-not", "saved"),
    ("spot-or-not", "unsaved"),
    ("committed", "prepare"),
    ("committed", "transcribe"),
    ("pooled", "prepare"),
    ("pooled", "serve"),
    ("pooled", "train"),
    ("fits-or-not", "adapt"),
    ("fits-or-not", "answer"),
    ("fits-or-not", "tag"),
];

/// Compares what a command line prints on both streams with a file.
#[track_caller]
fn check(file: &str, arguments: &[&str]) {
    let ran = mlinfra(arguments.iter().copied()).run();
    let actual = format!("{}{}", ran.stdout, ran.stderr);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/planning/explained")
        .join(file);
    if std::env::var_os("MLINFRA_UPDATE").is_some() {
        std::fs::write(&path, &actual).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        actual,
        "{file}"
    );
    let widest = ran.stdout.lines().map(|line| line.chars().count()).max();
    assert!(
        widest <= Some(80),
        "{file} is wider than a terminal:\n{actual}"
    );
}

#[test]
fn every_stage_of_every_example_is_explained_as_reviewed() {
    for (example, stage) in STAGES {
        let path = format!("examples/{example}");
        check(
            &format!("{example}-{stage}.txt"),
            &["explain", stage, &path],
        );
    }
}

#[test]
fn why_not_answers_for_each_kind_of_name() {
    for (file, asked) in [
        ("instance-type", "p4d.24xlarge"),
        ("wrong-gpu", "p5.48xlarge"),
        ("region", "us-west-2"),
        ("provider", "gcp"),
        ("provider-region", "gcp/us-central1"),
        ("provider-region-type", "gcp/europe-west4/a2-highgpu-1g"),
        ("spot", "aws/us-east-1@spot"),
        ("pool", "dc1/a2"),
        ("chosen", "dc1/a30"),
        ("unknown", "p4d.24xlarg"),
        ("nowhere", "azure/us-east-1"),
        ("bought-wrong", "gcp@cheap"),
    ] {
        let arguments = [
            "explain",
            "train",
            "examples/recommender",
            "--why-not",
            asked,
        ];
        check(&format!("why-not-{file}.txt"), &arguments);
    }
}

/// Its name isn't against a card that is preferred and too small.
#[test]
fn why_not_the_preferred_card_is_told_by_its_memory_alone() {
    let arguments = [
        "explain",
        "answer",
        "examples/fits-or-not",
        "--why-not",
        "dc1/a2",
    ];
    check("why-not-preferred.txt", &arguments);
}

#[test]
fn what_if_shows_both_plans() {
    for (file, changes) in [
        ("value", &["requirements.gpu.count = 4"][..]),
        (
            "two",
            &["run.deadline = \"2d\"", "requirements.gpu.count = 4"],
        ),
        ("nothing", &["run.deadline = \"4d\""]),
        ("impossible", &["run.deadline = \"1h\""]),
        ("mistake", &["run.deadline = \"1x\""]),
        ("absent", &["- requirements.arch"]),
        ("no-change", &["requirements"]),
    ] {
        let mut arguments = vec!["explain", "train", "examples/recommender"];
        for change in changes {
            arguments.extend(["--what-if", change]);
        }
        check(&format!("what-if-{file}.txt"), &arguments);
    }
    let removed = [
        "explain",
        "prepare",
        "examples/recommender",
        "--what-if",
        "- requirements.arch",
    ];
    check("what-if-removed.txt", &removed);
}

#[test]
fn an_unknown_stage_is_refused_with_the_list() {
    let ran = mlinfra(["explain", "tran", "examples/recommender"]).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (10, ""));
    assert_eq!(
        ran.stderr,
        "error[planning::unknown-stage]: unknown stage\n\nProject `recommender` has no stage \
         `tran`.\n\nhint: did you mean `train`? The stages are `prepare`, `serve` and `train`.\n"
    );
    let changed = [
        "explain",
        "tran",
        "examples/recommender",
        "--what-if",
        "kind = 1",
    ];
    assert_eq!(mlinfra(changed).run().stderr, ran.stderr);
}

#[test]
fn json_answers_keep_to_the_schema() {
    let validator = jsonschema::validator_for(&render::explain::schema()).unwrap();
    let plain: &[&str] = &[];
    for more in [
        plain,
        &["--why-not", "p5.48xlarge"],
        &["--why-not", "gcp"],
        &["--what-if", "requirements.gpu.count = 4"],
    ] {
        let arguments = ["explain", "train", "examples/recommender", "--json"];
        let ran = mlinfra(arguments.iter().chain(more).copied()).run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|e| format!("{} at {}", e, e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{more:?}: {errors:#?}");
    }
    assert!(!validator.is_valid(&Value::Object(serde_json::Map::new())));
}

/// A job on rented or owned GPUs whose data is in the owned site.
fn spec_with(pool_rate: Rate, transfer: Rate) -> String {
    format!(
        r#"
project "p" {{}}
provider "aws" {{
  regions = ["us-east-1"]
}}
cluster "dc1" {{
  location = "onprem/dc1"
  transfer = {{ "aws/*" = {transfer} }}
  node_pool "a30" {{
    gpu                = "A30"
    gpus_per_node      = 4
    nodes              = 4
    vcpus              = 64
    memory             = "512GiB"
    cost_per_node_hour = {pool_rate}
  }}
}}
dataset "d" {{
  location = "onprem/dc1"
  size     = "1TiB"
}}
stage "train" {{
  kind  = "training"
  reads = {{
    d = {{ from = dataset.d }}
  }}
  requirements {{
    gpu {{
      any_of = ["A30", "A100"]
      count  = 8
    }}
  }}
  run {{
    runs_per_month = 4
    work           = {{ A100 = "14h", A30 = "38h" }}
  }}
}}
"#
    )
}

fn explained(text: &str) -> Explanation {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", text);
    let (project, diagnostics) = spec::load(&sources, &spec::Inputs::default());
    let project =
        project.unwrap_or_else(|| panic!("{}", render::diagnostics::human(&diagnostics, &sources)));
    let catalog = Catalog::embedded().unwrap();
    let question = Question {
        stage: "train",
        why_not: None,
    };
    let (found, _) = explain(&project, &catalog, &sources, &Options::default(), &question);
    found.unwrap()
}

fn machine(text: &str) -> String {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", text);
    let (project, _) = spec::load(&sources, &spec::Inputs::default());
    let catalog = Catalog::embedded().unwrap();
    let (plan, _) = plan(&project.unwrap(), &catalog, &sources, &Options::default());
    plan.unwrap().stages[0].placement.instance_type.clone()
}

fn usd(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

/// A rate some micro-USD off.
fn off(rate: Rate, micro: i64) -> Rate {
    let pico = i64::try_from(rate.pico_usd()).unwrap() + micro * 1_000_000;
    Rate::from_pico_usd(u64::try_from(pico).unwrap())
}

#[track_caller]
fn threshold(explanation: &Explanation, is: fn(&Subject) -> bool) -> Rate {
    let mut all = explanation.thresholds.iter();
    all.find(|threshold| is(&threshold.subject)).unwrap().at
}

#[test]
fn the_own_rate_decides_exactly_where_it_is_said_to() {
    let transfer = usd("0.02");
    let now = spec_with(usd("1.9"), transfer);
    assert_eq!(machine(&now), "dc1/a30");
    let at = threshold(&explained(&now), |s| *s == Subject::Own);
    assert!(at > usd("1.9"), "{at}");
    assert_eq!(machine(&spec_with(off(at, -2), transfer)), "dc1/a30");
    assert_eq!(machine(&spec_with(off(at, 1), transfer)), "p4d.24xlarge");
}

#[test]
fn the_next_bests_rate_decides_exactly_where_it_is_said_to() {
    let transfer = usd("0.02");
    let now = spec_with(usd("4.6"), transfer);
    assert_eq!(machine(&now), "p4d.24xlarge");
    let at = threshold(&explained(&now), |s| matches!(s, Subject::Other(_)));
    assert!(at < usd("4.6"), "{at}");
    assert_eq!(machine(&spec_with(off(at, 2), transfer)), "p4d.24xlarge");
    assert_eq!(machine(&spec_with(off(at, -1), transfer)), "dc1/a30");
}

#[test]
fn the_rate_of_the_data_decides_exactly_where_it_is_said_to() {
    let pool = usd("9.5");
    let now = spec_with(pool, usd("0.02"));
    let at = threshold(&explained(&now), |s| matches!(s, Subject::Data { .. }));
    assert!(at > usd("0.02"), "{at}");
    assert_eq!(machine(&spec_with(pool, off(at, -1))), "p4d.24xlarge");
    assert_eq!(machine(&spec_with(pool, off(at, 1))), "dc1/a30");
}

#[test]
fn a_preferred_gpu_has_no_rate_at_which_another_wins() {
    let ran = mlinfra(["explain", "serve", "examples/recommender", "--json"]).run();
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["thresholds"], Value::Array(vec![]));
    let other = &document["alternatives"][0];
    assert_eq!(other["instead"], "other-machine");
    assert_eq!(other["outcome"]["plan"]["unpreferred"], true);
}
