//! A plan as people and programs read it.

mod human;
mod json;
mod markdown;
mod schema;

pub use human::human;
pub use json::{FORMAT_VERSION, json};
pub use markdown::markdown;
pub use schema::schema;

use crate::model::CapacityType;
use crate::planning::plan::{Cited, NodeUsage, Placement, Plan, PlannedStage, Proof, RateCited};
use crate::units::{Millionths, Money};

/// Marks a figure that is exact arithmetic on a published one.
const DERIVED: &str = "~";
/// Marks a figure that is a guess from something related or older.
const ESTIMATED: &str = "≈";

/// `4 × c6a.16xlarge, spot`, with the GPUs of a node where it has some.
fn runs_on(placement: &Placement) -> String {
    let mut text = format!("{} × {}", placement.nodes, placement.instance_type);
    if let (Some(gpu), Some(count)) = (&placement.gpu, placement.gpus_per_node) {
        text.push_str(&format!(" ({count} × {gpu})"));
    }
    if placement.capacity_type == CapacityType::Spot {
        text.push_str(", spot");
    }
    text
}

/// `aws/us-east-1, zone use1-az4`.
fn place(placement: &Placement) -> String {
    match &placement.zone {
        Some(zone) if zone.starts_with(&placement.location.region) => {
            format!("{}/{zone}", placement.location.provider)
        }
        Some(zone) => format!("{} {zone}", placement.location),
        None => placement.location.to_string(),
    }
}

/// `4 nodes × 3h × 30.42 runs`, or `4 nodes × 730h`.
fn time(placement: &Placement, usage: &NodeUsage) -> String {
    let nodes = if placement.nodes == 1 {
        "node"
    } else {
        "nodes"
    };
    let mut text = format!("{} {nodes} × {}", placement.nodes, usage.duration);
    if placement.replicas.is_none() {
        text.push_str(&format!(" × {} runs", short(usage.runs_per_month)));
    }
    text
}

/// A number of times to two decimals, without trailing zeros.
fn short(value: Millionths) -> String {
    let hundredths = (value.get() + 5_000) / 10_000;
    Millionths::new(hundredths * 10_000).to_string()
}

/// The mark behind a figure that isn't simply published.
fn mark(basis: Cited) -> &'static str {
    match basis {
        Cited::Listed | Cited::Given => "",
        Cited::Derived => DERIVED,
        Cited::Estimated => ESTIMATED,
    }
}

/// The weakest mark of a stage's compute line.
fn compute_mark(stage: &PlannedStage) -> &'static str {
    if stage.usage.estimated_from.is_some() {
        ESTIMATED
    } else {
        mark(stage.rate.basis)
    }
}

/// The mark of a stage's whole bill.
fn stage_mark(stage: &PlannedStage) -> &'static str {
    if stage.costs.estimated {
        ESTIMATED
    } else {
        compute_mark(stage)
    }
}

/// The mark of the whole bill: that of its weakest part.
fn total_mark(plan: &Plan) -> &'static str {
    if plan.costs.estimated {
        ESTIMATED
    } else if plan.stages.iter().any(|s| stage_mark(s) == DERIVED) {
        DERIVED
    } else {
        ""
    }
}

/// `aws@2026-05-20`, or where else a rate is from.
fn cited(rate: &RateCited) -> String {
    match rate.basis {
        Cited::Given => "given in the spec".into(),
        Cited::Listed => rate.source.clone(),
        Cited::Derived => format!("derived from {}", rate.source),
        Cited::Estimated => format!("estimated from {}", rate.source),
    }
}

/// Explains the marks that occur in a plan; empty when none does.
fn legend(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    if plan.stages.iter().any(|s| compute_mark(s) == DERIVED) {
        lines.push(format!(
            "{DERIVED} derived: exact arithmetic on a published rate"
        ));
    }
    if plan.costs.estimated {
        lines.push(format!(
            "{ESTIMATED} estimated: part of it is scaled or older than the rest"
        ));
    }
    lines
}

/// `Plan: 3 to add, 0 to change, 0 to destroy.`
fn summary(plan: &Plan) -> String {
    format!(
        "Plan: {} to add, 0 to change, 0 to destroy.",
        plan.stages.len()
    )
}

/// How good the choice is.
fn proof(plan: &Plan) -> String {
    let Proof::Within { lower } = plan.proof else {
        return "no other choice of offerings and places costs less, as counted".into();
    };
    let above = share_above(plan.costs.total, lower);
    format!(
        "{above} the optimum (USD {} at least), which wasn't found in the time given",
        lower.cents()
    )
}

/// `at most 1.2 % above`, rounded up.
fn share_above(total: Money, lower: Money) -> String {
    let (total, lower) = (total.micro_usd(), lower.micro_usd());
    if lower <= 0 {
        return "an unknown share above".into();
    }
    let above = total.saturating_sub(lower).max(0).saturating_mul(1000);
    let thousandths = above / lower + i128::from(above % lower > 0);
    format!("at most {}.{} % above", thousandths / 10, thousandths % 10)
}

/// The catalogs of priced offerings, as cited.
fn catalogs(plan: &Plan) -> String {
    let names = plan
        .inputs
        .catalogs
        .iter()
        .map(|c| format!("{}@{}", c.name, c.as_of));
    names.collect::<Vec<_>>().join(", ")
}
