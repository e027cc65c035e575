//! Comments on pull requests, by the real program against fakes of GitHub and GitLab. Every request
//! to GitHub and every answer is held against GitHub's own description.

mod action;
mod fake;
mod github;
mod gitlab;
mod job;
mod refused;
mod retries;
mod rules;

use std::path::Path;
use std::sync::LazyLock;

use mlinfra::catalog::Catalog;
use mlinfra::diagnostics::Sources;
use mlinfra::planning::plan::{Costs, Plan};
use mlinfra::review::{
    Difference, FORMAT_VERSION, Made, Review, Side, SpecReview, StageReview, StageStatus,
};
use mlinfra::units::Money;
use mlinfra::{planning, spec};

use crate::cli::{Finished, mlinfra};
use fake::World;

const NOON: &str = "2026-11-21T12:00:00Z";

/// A plan, for what a review needs one for.
static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let mut sources = Sources::new();
    sources.add(
        "main.mlinfra.hcl",
        r#"
        project "shop" {}
        stage "prepare" {
          kind = "data-processing"
          requirements {
            vcpus     = 4
            locations = ["aws/us-east-1"]
          }
          run {
            duration       = "2h"
            runs_per_month = 30
          }
        }
        "#,
    );
    let (project, diagnostics) = spec::load(&sources, &spec::Inputs::default());
    let project = project.unwrap_or_else(|| panic!("{diagnostics:?}"));
    let catalog = Catalog::embedded().unwrap();
    let options = planning::Options::default();
    let (plan, diagnostics) = planning::plan(&project, &catalog, &sources, &options);
    plan.unwrap_or_else(|| panic!("{diagnostics:?}"))
});

/// A side with the plan, whose digest is told by a letter, at so many USD more.
fn side(label: &str, digest: char, more: Money) -> Side {
    let mut plan = PLAN.clone();
    plan.costs.total += more;
    Side {
        label: label.to_owned(),
        commit: None,
        made: Made::Planned {
            plan: Box::new(plan),
            plan_sha256: digest.to_string().repeat(64),
        },
    }
}

/// A change of a spec that costs so many USD more per month. Its project has the spec's name, so that
/// the comment's heading has it.
fn change(name: &str, usd: i128) -> SpecReview {
    let total = Money::from_micro_usd(usd * 1_000_000);
    let difference = Some(Difference {
        spec: Costs {
            compute: total,
            total,
            ..Costs::default()
        },
        ..Difference::default()
    });
    let changed = if usd == 0 {
        StageStatus::Unchanged
    } else {
        StageStatus::Changed
    };
    SpecReview {
        spec: name.to_owned(),
        project: name.to_owned(),
        base: side("main", 'a', Money::ZERO),
        head: side("change", 'b', total),
        difference,
        stages: vec![StageReview {
            name: "prepare".to_owned(),
            status: changed,
            difference,
            reasons: Vec::new(),
        }],
        spec_changes: Vec::new(),
        catalog_changes: Vec::new(),
        one_off: Vec::new(),
        verdicts: Vec::new(),
        notes: Vec::new(),
    }
}

/// Writes a review, as `mlinfra diff --json` does.
fn written(folder: &Path, valid_at: &str, specs: Vec<SpecReview>) -> String {
    let review = Review {
        format_version: FORMAT_VERSION.to_owned(),
        valid_at: valid_at.to_owned(),
        specs,
    };
    let path = folder.join("review.json");
    std::fs::write(&path, serde_json::to_string(&review).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs `mlinfra comment` with a review of one time and what else is wanted.
#[track_caller]
fn run_at(
    forge: &str,
    environment: &[(&'static str, String)],
    valid_at: &str,
    specs: Vec<SpecReview>,
    arguments: &[&str],
) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), valid_at, specs);
    let all = ["comment", forge, "--path", &path];
    let mut program = mlinfra(all.iter().chain(arguments));
    for (name, value) in environment {
        program = program.env(name, value);
    }
    let finished = program.run();
    for secret in environment
        .iter()
        .filter(|(name, secret)| name.ends_with("_TOKEN") && !secret.trim().is_empty())
    {
        let shown = finished.stdout.contains(&secret.1) || finished.stderr.contains(&secret.1);
        assert!(!shown, "the token is shown: {finished:?}");
    }
    finished
}

/// The same at GitHub, at noon.
#[track_caller]
fn github(world: &World, specs: Vec<SpecReview>, arguments: &[&str]) -> Finished {
    run_at("github", &world.actions(), NOON, specs, arguments)
}

/// The same at GitLab.
#[track_caller]
fn gitlab(world: &World, specs: Vec<SpecReview>, arguments: &[&str]) -> Finished {
    run_at("gitlab", &world.pipeline(), NOON, specs, arguments)
}

/// The marker of a comment on a spec.
fn marker(spec: &str, valid_at: &str) -> String {
    mlinfra::forge::Marker::new(spec, "", Some("cd"), valid_at).line()
}
