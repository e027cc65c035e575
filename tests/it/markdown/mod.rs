//! The comment on a pull request: what it says, how long it gets, and what text of others does in it.

mod drawn;
mod html;
mod inert;
mod sizes;
mod texts;

use std::sync::LazyLock;

use mlinfra::planning::plan::{Costs, Plan, RateCited};
use mlinfra::render::review::Shown;
use mlinfra::review::verdict::{Place, Severity, Status, Verdict};
use mlinfra::review::{
    CatalogChange, Difference, Made, OneOff, OneOffCost, OneOffKind, Reason, Side, SpecChange,
    SpecReview, StageReview, StageStatus,
};
use mlinfra::units::{Bytes, Date, Money, Rate};
use serde_json::{Value, json};

use crate::planning::planned;

/// A service on one GPU and the training of what it serves; `{gpu}` and `{size}` are filled in.
const SPEC: &str = r#"
project "recommender" {
  team = "ranking"
}

budget "ranking" {
  limit = 500
}

dataset "events" {
  uri      = "s3://acme-events"
  location = "aws/us-east-1"
  size     = "{size}"
}

stage "prepare" {
  kind  = "data-processing"
  reads = { events = { from = dataset.events } }

  requirements {
    vcpus  = 16
    memory = "64GiB"
  }

  run {
    duration = "3h"
    schedule = "0 2 * * *"
  }

  output "features" {
    size = "600GiB"
  }
}

stage "train" {
  kind  = "training"
  reads = { features = { from = stage.prepare.output.features } }

  requirements {
    gpu {
      any_of = ["{gpu}"]
      count  = 1
    }
  }

  run {
    work           = { {gpu} = "10h" }
    runs_per_month = 4
  }
}

stage "report" {
  kind = "data-processing"

  requirements {
    vcpus  = 4
    memory = "16GiB"
  }

  run {
    duration       = "1h"
    runs_per_month = 4
  }
}
"#;

fn plan(gpu: &str, size: &str) -> Plan {
    planned(&SPEC.replace("{gpu}", gpu).replace("{size}", size))
}

fn side(label: &str, commit: &str, plan: Plan) -> Side {
    Side {
        label: label.into(),
        commit: Some(commit.into()),
        made: Made::Planned {
            plan: Box::new(plan),
            plan_sha256: "5f".repeat(32),
        },
    }
}

fn minus(after: Costs, before: Costs) -> Costs {
    Costs {
        compute: after.compute - before.compute,
        waiting: after.waiting - before.waiting,
        movement: after.movement - before.movement,
        storage: after.storage - before.storage,
        covered: after.covered - before.covered,
        total: after.total - before.total,
        estimated: after.estimated || before.estimated,
    }
}

/// A difference that a spec makes, and nothing else.
fn by_spec(side: Costs, other: Costs) -> Difference {
    Difference {
        spec: minus(side, other),
        ..Difference::default()
    }
}

fn stage_review(base: &Side, head: &Side, name: &str) -> StageReview {
    let costs = |side: &Side| side.stage(name).map_or(Costs::default(), |s| s.costs);
    let (before, after) = (costs(base), costs(head));
    let known = base.costs().is_some() && head.costs().is_some();
    let status = match (base.stage(name), head.stage(name)) {
        _ if !known => StageStatus::Changed,
        (None, _) => StageStatus::Added,
        (_, None) => StageStatus::Removed,
        (Some(a), Some(b)) if a.costs == b.costs && a.placement == b.placement => {
            StageStatus::Unchanged
        }
        _ => StageStatus::Changed,
    };
    let reasons = match status {
        StageStatus::Changed => vec![Reason::Spec {
            addresses: vec![format!("stage.{name}")],
        }],
        _ => Vec::new(),
    };
    StageReview {
        name: name.into(),
        status,
        difference: known.then(|| by_spec(after, before)),
        reasons,
    }
}

/// A review of two sides whose stages are compared by their costs alone.
fn review(base: Side, head: Side) -> SpecReview {
    let names = |side: &Side| -> Vec<String> {
        let stages = side.plan().map_or(&[][..], |plan| &plan.stages);
        stages.iter().map(|stage| stage.name.clone()).collect()
    };
    let mut all = names(&head);
    let gone = names(&base).into_iter().filter(|name| !all.contains(name));
    let gone: Vec<String> = gone.collect();
    all.extend(gone);
    let stages: Vec<StageReview> = all
        .iter()
        .map(|name| stage_review(&base, &head, name))
        .collect();
    let known = base.costs().is_some() && head.costs().is_some();
    SpecReview {
        spec: "specs/recommender".into(),
        project: "recommender".into(),
        difference: known.then(|| stages.iter().filter_map(|stage| stage.difference).sum()),
        stages,
        base,
        head,
        spec_changes: Vec::new(),
        catalog_changes: Vec::new(),
        one_off: Vec::new(),
        verdicts: Vec::new(),
        notes: Vec::new(),
    }
}

/// A change of a GPU and of a dataset's size, with something in every part of the comment.
fn worked() -> SpecReview {
    WORKED.clone()
}

/// Planned once: it takes longer than what is tested with it.
static WORKED: LazyLock<SpecReview> = LazyLock::new(work);

fn work() -> SpecReview {
    let base = side(
        "main",
        "0123456789abcdef0123456789abcdef01234567",
        plan("T4", "1TiB"),
    );
    let head = side(
        "gpu",
        "89abcdef0123456789abcdef0123456789abcdef",
        plan("A100", "2TiB"),
    );
    let mut review = review(base, head);
    let change = |address: &str, path: &str, before: Value, after: Value| SpecChange {
        address: address.into(),
        path: path.into(),
        before: Some(before),
        after: Some(after),
    };
    review.spec_changes = vec![
        change("dataset.events", "size", json!("1TiB"), json!("2TiB")),
        change(
            "stage.train",
            "requirements.gpu.any_of",
            json!(["T4"]),
            json!(["A100"]),
        ),
        SpecChange {
            before: None,
            ..change("stage.train", "run.deadline", Value::Null, json!("3d"))
        },
    ];
    let stage = review.head.stage("prepare").unwrap();
    let (rate, place) = (stage.rate.clone(), stage.placement.location.clone());
    let prepare = review
        .stages
        .iter_mut()
        .find(|stage| stage.name == "prepare");
    prepare.unwrap().reasons.push(Reason::Rate {
        what: "aws/us-east-1a c6a.4xlarge spot".into(),
        before: RateCited {
            usd: Rate::parse("0.632").unwrap(),
            ..rate.clone()
        },
        after: rate,
    });
    review.catalog_changes = vec![CatalogChange {
        name: "aws".into(),
        before: Some(day("2026-05-20")),
        after: Some(day("2026-11-20")),
    }];
    review.one_off = vec![OneOff {
        stage: "prepare".into(),
        kind: OneOffKind::MoveData {
            output: "features".into(),
            from: place.clone(),
            to: place,
            amount: Bytes::new(600 << 30),
        },
        cost: OneOffCost::About {
            usd: Money::parse("12.08").unwrap(),
        },
    }];
    review.verdicts = verdicts();
    review.notes = vec!["Variables of main are those of gpu.".into()];
    review
}

fn verdicts() -> Vec<Verdict> {
    let verdict = |rule: &str, severity, status, message: &str| Verdict {
        rule: rule.into(),
        severity,
        status,
        subject: Some("stage.train".into()),
        message: message.into(),
        hint: None,
        place: None,
    };
    vec![
        verdict(
            "stale-catalog",
            Severity::Warn,
            Status::Kept,
            "No catalog is old.",
        ),
        Verdict {
            hint: Some("save the weights every hour".into()),
            place: Some(Place {
                file: "main.mlinfra.hcl".into(),
                line: 38,
                column: 1,
            }),
            ..verdict(
                "spot-without-checkpoint",
                Severity::Deny,
                Status::Broken,
                "It runs on spot and saves nothing.",
            )
        },
        verdict(
            "gpu-without-lifetime",
            Severity::Deny,
            Status::Waived {
                reason: "until the migration ends".into(),
                until: day("2026-12-31"),
            },
            "It has a GPU and no end.",
        ),
    ]
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn roomy() -> Shown {
    Shown {
        limit: 65_536,
        report: None,
    }
}
