//! An explanation as JSON, format 1.0.

use serde_json::{Value, json};

use crate::planning::explain::Explanation;

/// Version of the format: unknown majors must be refused by readers, unknown keys ignored.
pub const FORMAT_VERSION: &str = "1.0";

/// Renders an explanation.
#[must_use]
pub fn json(explanation: &Explanation) -> Value {
    let stage = explanation.planned();
    json!({
        "format_version": FORMAT_VERSION,
        "mlinfra_version": env!("CARGO_PKG_VERSION"),
        "inputs": explanation.plan.inputs,
        "stage": stage.name,
        "placement": stage.placement,
        "node_hour": stage.rate,
        "costs": stage.costs,
        "plan_costs": explanation.plan.costs,
        "proof": explanation.plan.proof,
        "funnel": {
            "offerings": stage.funnel.offerings,
            "steps": explanation.removed,
            "candidates": stage.funnel.candidates,
        },
        "alternatives": explanation.alternatives,
        "thresholds": explanation.thresholds,
        "mixture": explanation.mixture,
        "why_not": explanation.why_not,
    })
}
