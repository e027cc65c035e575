//! Plans whose search was stopped: what they say of themselves.

use std::cell::Cell;

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::{Diagnostics, Sources};
use mlinfra::planning::plan::{Plan, Proof};
use mlinfra::render::style::Palette;
use mlinfra::{planning, render, spec};

use crate::cli::mlinfra;

/// Stages that compete for a quota, so that the choice takes more than elimination.
fn competing() -> String {
    let stage = |i: u32| {
        let (gpus, runs) = ([1, 2, 4][i as usize % 3], 20 + 9 * i % 13);
        format!(
            "stage \"s{i}\" {{\n  kind = \"training\"\n  requirements {{\n    gpu {{\n      \
             any_of = [\"A100\", \"L4\", \"T4\"]\n      count  = {gpus}\n    }}\n  }}\n  run {{\n    \
             work = {{ A100 = \"1h\", L4 = \"{}h\", T4 = \"2{i}h\" }}\n    \
             runs_per_month = {runs}\n  }}\n}}\n",
            6 + i % 4
        )
    };
    let stages: String = (0..8).map(stage).collect();
    let quotas = "quota \"vcpus\" {\n  scope = \"project\"\n  max   = 130\n}\n\
                  quota \"a100\" {\n  scope = \"project\"\n  gpu   = \"A100\"\n  max   = 9\n}\n";
    format!("project \"p\" {{}}\n{quotas}{stages}")
}

/// Plans with a search that is stopped when it has asked so often.
fn stopped_after(text: &str, questions: u32) -> (Option<Plan>, Diagnostics, Sources) {
    let mut sources = Sources::new();
    sources.add("main.mlinfra.hcl", text);
    let (project, found) = spec::load(&sources, &spec::Inputs::default());
    assert!(!found.has_errors(), "{found:?}");
    let asked = Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > questions
    };
    let options = planning::Options {
        stop: Some(&stop),
        ..planning::Options::default()
    };
    let catalog = Catalog::embedded().unwrap();
    let (plan, found) = planning::plan(&project.unwrap(), &catalog, &sources, &options);
    (plan, found, sources)
}

#[test]
fn a_stopped_search_gives_the_best_plan_found_and_how_good_it_is() {
    let text = competing();
    let optimum = stopped_after(&text, u32::MAX).0.unwrap();
    assert_eq!(optimum.proof, Proof::Optimal);
    let mut plans = (0..40).filter_map(|thirds| stopped_after(&text, 3 * thirds).0);
    let bounded = plans.find(|plan| plan.proof != Proof::Optimal).unwrap();
    let Proof::Within { lower } = bounded.proof else {
        unreachable!("it isn't optimal");
    };
    assert!(lower <= optimum.costs.total && optimum.costs.total <= bounded.costs.total);
    let said = " % above the optimum (USD ";
    let human = render::plan::human(&bounded, 100, &Palette::PLAIN);
    assert!(
        human.contains("proof       at most ") && human.contains(said),
        "{human}"
    );
    let markdown = render::plan::markdown(&bounded);
    assert!(
        markdown.contains("Proof: at most ") && markdown.contains(said),
        "{markdown}"
    );
    let json = render::plan::json(&bounded);
    assert_eq!(json["proof"]["status"], "within");
    let validator = jsonschema::validator_for(&render::plan::schema()).unwrap();
    assert!(validator.is_valid(&json));
}

#[test]
fn a_search_that_is_stopped_before_any_plan_says_that_there_may_be_one() {
    let (plan, found, sources) = stopped_after(&competing(), 0);
    assert!(plan.is_none());
    let said = render::diagnostics::human(&found, &sources);
    assert!(
        said.contains("error[planning::no-joint-placement]"),
        "{said}"
    );
    assert!(
        said.contains("In the time given, no plan was found"),
        "{said}"
    );
}

#[test]
fn a_time_limit_that_is_long_enough_changes_nothing() {
    let plain = mlinfra(["plan", "examples/recommender"]).run();
    let limited = mlinfra(["plan", "examples/recommender", "--time-limit", "5m"]).run();
    assert_eq!((limited.code, limited.stdout), (0, plain.stdout));
}

#[test]
fn a_time_limit_without_a_unit_is_refused() {
    let ran = mlinfra(["plan", "examples/minimal", "--time-limit", "5"]).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (10, ""));
}
