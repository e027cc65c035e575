//! Every example plans, and its README shows what it prints.
//!
//! `MLINFRA_UPDATE=1 cargo test --test it examples` writes the READMEs anew after a change that
//! was meant; the difference is then read in review.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::mlinfra;

const BLOCK: &str = "```text\n";

/// Ends a block that shows only the lines before it.
const AND_SO_ON: &str = "…";

/// 2026-11-21, in seconds: by which waivers count.
const DAY: &str = "1795219200";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Runs each command that the README of an example shows, and compares.
#[track_caller]
fn check(example: &str) {
    check_page(&root().join("examples").join(example).join("README.md"));
}

/// Runs each command that a page shows as `$ mlinfra …` in a text block, and compares.
#[track_caller]
fn check_page(path: &Path) {
    let page = std::fs::read_to_string(path).unwrap();
    let mut current = String::new();
    let mut shown = 0;
    let mut rest = page.as_str();
    while let Some(start) = rest.find(&format!("{BLOCK}$ mlinfra ")) {
        let body = start + BLOCK.len();
        let end = body + rest[body..].find("```").expect("the block ends");
        current.push_str(&rest[..body]);
        current.push_str(&as_shown(&rest[body..end]));
        rest = &rest[end..];
        shown += 1;
    }
    current.push_str(rest);
    assert!(shown > 0, "{} shows no command", path.display());
    if std::env::var_os("MLINFRA_UPDATE").is_some() {
        std::fs::write(path, &current).unwrap();
    }
    assert_eq!(
        page,
        current,
        "{} isn't what the program prints",
        path.display()
    );
}

/// What the command of a block prints, or as many lines of it as the block shows.
fn as_shown(block: &str) -> String {
    let printed = transcript(block.lines().next().unwrap());
    match block.lines().position(|line| line == AND_SO_ON) {
        Some(lines) => {
            let head: String = printed.split_inclusive('\n').take(lines).collect();
            format!("{head}{AND_SO_ON}\n")
        }
        None => printed,
    }
}

/// The command and what it prints on both streams, as a terminal would show it.
fn transcript(command: &str) -> String {
    let arguments: Vec<&str> = command
        .trim_start_matches("$ mlinfra ")
        .split(' ')
        .collect();
    let ran = mlinfra(&arguments).env("SOURCE_DATE_EPOCH", DAY).run();
    format!("{command}\n{}{}", ran.stdout, ran.stderr)
}

fn plan(example: &str) -> Value {
    let ran = mlinfra(["plan", &format!("examples/{example}"), "--json"]).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// An amount of a plan in whole micro-USD.
#[track_caller]
fn micro_usd(amount: &Value) -> u64 {
    let (whole, part) = amount.as_str().unwrap().split_once('.').unwrap();
    format!("{whole}{part:0<6}").parse().unwrap()
}

/// By stage: instance type, capacity type and location.
fn placements(plan: &Value) -> BTreeMap<&str, [&str; 3]> {
    let changes = plan["resource_changes"].as_array().unwrap();
    let placed = changes.iter().map(|change| {
        let after = &change["change"]["after"];
        let of = |key: &str| after[key].as_str().unwrap();
        let facts = ["instance_type", "capacity_type", "location"].map(of);
        (change["name"].as_str().unwrap(), facts)
    });
    placed.collect()
}

/// A spec without comments and empty lines, and without blocks of these kinds.
fn spec_without(example: &str, kinds: &[&str]) -> Vec<String> {
    let path = root()
        .join("examples")
        .join(example)
        .join("main.mlinfra.hcl");
    let mut left = Vec::new();
    let mut inside = false;
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let trimmed = line.trim();
        let begins = kinds
            .iter()
            .any(|kind| trimmed.starts_with(&format!("{kind} ")));
        inside = inside || begins;
        if !inside && !trimmed.is_empty() && !trimmed.starts_with('#') {
            left.push(line.to_owned());
        }
        inside = inside && !trimmed.ends_with('}');
    }
    left
}

#[test]
fn the_readme_shows_how_the_plan_begins() {
    check_page(&root().join("README.md"));
}

#[test]
fn a_plan_of_the_demonstration_is_as_the_page_on_ci_shows() {
    check("ci");
}

#[test]
fn minimal_plans_as_its_readme_shows() {
    check("minimal");
}

#[test]
fn recommender_plans_as_its_readme_shows() {
    check("recommender");
}

#[test]
fn cloud_only_plans_as_its_readme_shows() {
    check("cloud-only");
}

#[test]
fn pooled_plans_as_its_readme_shows() {
    check("pooled");
}

#[test]
fn data_gravity_plans_as_its_readme_shows() {
    check("data-gravity");
}

#[test]
fn spot_or_not_plans_as_its_readme_shows() {
    check("spot-or-not");
}

#[test]
fn fits_or_not_plans_as_its_readme_shows() {
    check("fits-or-not");
}

#[test]
fn policies_plans_as_its_readme_shows() {
    check("policies");
}

#[test]
fn aws_training_plans_as_its_readme_shows() {
    check("aws-training");
}

#[test]
fn each_model_gets_the_first_card_that_holds_it() {
    let plan = plan("fits-or-not");
    let fit = |stage: &str| {
        let fit = &plan["fit"][stage];
        let refused = fit["refused"].as_array().unwrap().iter();
        let refused: Vec<&str> = refused.map(|gpu| gpu["gpu"].as_str().unwrap()).collect();
        (
            fit["gpu"].as_str().unwrap(),
            fit["verdict"].as_str().unwrap(),
            refused,
        )
    };
    assert_eq!(fit("tag"), ("A2", "fits", vec![]));
    assert_eq!(fit("answer"), ("A30", "fits", vec!["A2"]));
    assert_eq!(fit("adapt"), ("A30", "tight", vec![]));
    let probe = &plan["fit"]["adapt"]["probe"];
    assert_eq!(
        *probe,
        serde_json::json!(["python", "adapt.py", "--max-steps=2"])
    );
    assert_eq!(plan["fit"]["answer"]["probe"], Value::Null);
}

#[test]
fn committed_plans_as_its_readme_shows() {
    check("committed");
}

#[test]
fn looking_at_each_stage_alone_costs_a_tenth_more_at_least_where_data_is_heavy() {
    let (together, alone) = (plan("data-gravity"), plan("data-gravity/each-alone"));
    let total = |plan: &Value| micro_usd(&plan["costs"]["total"]);
    assert!(total(&alone) * 10 >= total(&together) * 11);
    assert_eq!(
        together["costs"]["each_alone"], alone["costs"]["total"],
        "the pins are what each stage alone would take"
    );
    assert_eq!(
        spec_without("data-gravity", &[]),
        spec_without("data-gravity/each-alone", &["pin"]),
    );
}

#[test]
fn spot_is_taken_only_by_the_job_that_can_bear_it() {
    let plan = plan("spot-or-not");
    let capacity: Vec<(&str, &str)> = placements(&plan)
        .into_iter()
        .map(|(stage, [_, capacity, _])| (stage, capacity))
        .collect();
    let expected = [
        ("by-morning", "on-demand"),
        ("saved", "spot"),
        ("unsaved", "on-demand"),
    ];
    assert_eq!(capacity, expected);
    let steps = &plan["explanations"]["by-morning"]["funnel"]["steps"];
    let refused = steps
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["requirement"] == "deadline-risk");
    assert_eq!(refused.unwrap()["removed"], 57);
    let pinned = self::plan("spot-or-not/unsaved-on-spot");
    let cost = |plan: &Value| micro_usd(&plan["costs"]["stages"]["unsaved"]["total"]);
    assert!(cost(&pinned) > cost(&plan));
}

#[test]
fn a_commitment_moves_every_stage_to_where_it_covers_them() {
    let (with, without) = (plan("committed"), plan("committed/without"));
    let (with, without) = (placements(&with), placements(&without));
    for stage in ["prepare", "transcribe"] {
        assert!(with[stage][2].starts_with("aws/"), "{:?}", with[stage]);
        assert!(
            without[stage][2].starts_with("gcp/"),
            "{:?}",
            without[stage]
        );
    }
    assert_eq!(
        spec_without("committed", &["commitment"]),
        spec_without("committed/without", &[]),
    );
}
