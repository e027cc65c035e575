//! A plan as people and programs read it.

pub(in crate::render) mod fit;
pub(in crate::render) mod human;
mod json;
pub(in crate::render) mod lines;
mod markdown;
mod pareto;
mod read;
mod schema;
pub(in crate::render) mod sentences;
pub(in crate::render) mod stage;

pub use human::{body, human, overview};
pub(in crate::render) use human::{budget, used_up};
pub use json::{FORMAT_VERSION, digest_of, is_as_written, json, json_with, judged, sealed};
pub use markdown::markdown;
pub(in crate::render) use markdown::{bill, funnel, summed_up};
pub use pareto::{pareto, pareto_json};
pub use read::{NoPlan, read};
pub use schema::schema;

use crate::model::CapacityType;
use crate::planning::plan::{Cited, NodeUsage, Placement, Plan, PlannedStage, Proof, RateCited};
use crate::units::{Duration, Millionths, grouped};

/// Marks a figure that is exact arithmetic on a published one.
const DERIVED: &str = "~";
/// Marks a figure that is a guess from something related or older.
pub(in crate::render) const ESTIMATED: &str = "≈";

/// `4 × c6a.16xlarge on spot`, with the GPUs of a node where it has some.
pub(in crate::render) fn runs_on(placement: &Placement) -> String {
    let mut text = machine(placement);
    if placement.capacity_type == CapacityType::Spot {
        text.push_str(" on spot");
    }
    text
}

/// The nodes alone, however they are bought: `4 × c6a.16xlarge`.
pub(in crate::render) fn machine(placement: &Placement) -> String {
    let mut text = format!("{} × {}", placement.nodes, placement.instance_type);
    if let (Some(gpu), Some(count)) = (&placement.gpu, placement.gpus_per_node) {
        text.push_str(&format!(" ({count} × {gpu})"));
    }
    text
}

/// What a stage runs on, be they its own nodes or those of another stage.
pub(in crate::render) fn nodes_of(stage: &PlannedStage) -> String {
    match rides_with(stage) {
        Some(holder) => format!("the nodes of {holder}"),
        None => runs_on(&stage.placement),
    }
}

/// The stage on whose nodes this one runs, if it has none of its own.
pub(in crate::render) fn rides_with(stage: &PlannedStage) -> Option<&str> {
    stage
        .nodes_of
        .as_deref()
        .filter(|holder| *holder != stage.name)
}

/// `aws/us-east-1, zone use1-az4`.
pub(in crate::render) fn place(placement: &Placement) -> String {
    match &placement.zone {
        Some(zone) if zone.starts_with(&placement.location.region) => {
            format!("{}/{zone}", placement.location.provider)
        }
        Some(zone) => format!("{} {zone}", placement.location),
        None => placement.location.to_string(),
    }
}

/// `4 nodes × 3h3m × 30.42 runs`, or the node-hours of a service.
pub(in crate::render) fn time(placement: &Placement, usage: &NodeUsage) -> String {
    let nodes = if placement.nodes == 1 {
        "node"
    } else {
        "nodes"
    };
    match usage.nodes_by_hour {
        Some(by_hour) if by_hour.iter().any(|n| *n != placement.nodes) => {
            let hours = (usage.node_hours.get() + 5_000) / 10_000;
            format!(
                "up to {} {nodes}, {}.{:02} node-hours",
                placement.nodes,
                grouped(u128::from(hours / 100)),
                hours % 100
            )
        }
        Some(_) => format!("{} {nodes} × {}", placement.nodes, usage.duration),
        None => format!(
            "{} {nodes} × {} × {}",
            placement.nodes,
            rough(usage.duration),
            runs(usage.runs_per_month)
        ),
    }
}

/// `30.42 runs`, `1 run`.
fn runs(per_month: Millionths) -> String {
    let plural = if per_month == Millionths::ONE {
        "run"
    } else {
        "runs"
    };
    format!("{} {plural}", short(per_month))
}

/// A time for reading: its two largest units. `593d` or `3h8m`; exact where there are only two.
pub(in crate::render) fn rough(time: Duration) -> String {
    const UNITS: [(&str, u64); 5] = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    let millis = time.millis();
    // Hours are what is billed, so days begin where nobody counts hours any more.
    let first = usize::from(millis < 14 * UNITS[0].1);
    let units = &UNITS[first..];
    let Some(largest) = units.iter().position(|(_, unit)| millis >= *unit) else {
        return "0s".into();
    };
    let pair = &units[largest..units.len().min(largest + 2)];
    let (_, last) = pair[pair.len() - 1];
    let rounded = (millis + last / 2) / last * last;
    let (name, unit) = pair[0];
    let mut out = format!("{}{name}", rounded / unit);
    if let (Some((name, small)), false) = (pair.get(1), rounded.is_multiple_of(unit)) {
        out.push_str(&format!("{}{name}", rounded % unit / small));
    }
    out
}

/// A number of times to two decimals, without trailing zeros.
pub(in crate::render) fn short(value: Millionths) -> String {
    let hundredths = (value.get() + 5_000) / 10_000;
    Millionths::new(hundredths * 10_000).to_string()
}

/// The mark behind a figure that isn't simply published.
pub(in crate::render) fn mark(basis: Cited) -> &'static str {
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
pub(in crate::render) fn stage_mark(stage: &PlannedStage) -> &'static str {
    if stage.costs.estimated {
        ESTIMATED
    } else {
        compute_mark(stage)
    }
}

/// The mark of the whole bill: that of its weakest part.
pub(in crate::render) fn total_mark(plan: &Plan) -> &'static str {
    if plan.costs.estimated {
        ESTIMATED
    } else if plan.stages.iter().any(|s| stage_mark(s) == DERIVED) {
        DERIVED
    } else {
        ""
    }
}

/// `aws@2026-05-20`, or where else a rate is from.
pub(in crate::render) fn cited(rate: &RateCited) -> String {
    match rate.basis {
        Cited::Given => "given in the spec".into(),
        Cited::Listed => rate.source.clone(),
        Cited::Derived => format!("derived from {}", rate.source),
        Cited::Estimated => format!("estimated from {}", rate.source),
    }
}

/// Explains the marks that occur in a plan; empty when none does.
pub(in crate::render) fn legend(plan: &Plan) -> Vec<String> {
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

/// The stages that have nodes of their own: one for each pool.
fn pools(plan: &Plan) -> impl Iterator<Item = &PlannedStage> {
    plan.stages
        .iter()
        .filter(|stage| rides_with(stage).is_none())
}

/// `Plan: 3 to add, 0 to change, 0 to destroy.`
fn summary(plan: &Plan) -> String {
    format!(
        "Plan: {} to add, 0 to change, 0 to destroy.",
        pools(plan).count()
    )
}

/// How good the choice is, in words.
pub(in crate::render) fn proof(plan: &Plan) -> String {
    match plan.proof {
        Proof::Optimal if plan.inputs.objective == "time" => {
            "no other choice of offerings and places is faster, as counted".into()
        }
        Proof::Optimal => "no other choice of offerings and places costs less, as counted".into(),
        Proof::Within { lower } => {
            let gap = (plan.costs.total - lower).micro_usd();
            // In tenths of a percent, rounded up: the gap is never larger than said.
            let tenths = match lower.micro_usd() {
                0 => None,
                least => Some(gap.saturating_mul(1000).saturating_add(least - 1) / least),
            };
            let Some(tenths) = tenths else {
                return "how far above the optimum it is isn't known: there was no time to look"
                    .into();
            };
            format!(
                "at most {}.{} % above the optimum (USD {}), which wasn't found in the time given",
                tenths / 10,
                tenths % 10,
                (plan.costs.total - lower).cents()
            )
        }
        Proof::WithinTime { lower } => format!(
            "no choice takes less than {}; the fastest wasn't found in the time given",
            rough(lower)
        ),
    }
}

/// The catalogs of priced offerings, as cited.
pub(in crate::render) fn catalogs(plan: &Plan) -> String {
    let names = plan
        .inputs
        .catalogs
        .iter()
        .map(|c| format!("{}@{}", c.name, c.as_of));
    names.collect::<Vec<_>>().join(", ")
}
