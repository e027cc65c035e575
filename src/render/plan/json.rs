//! The plan as JSON, format 1.0: what `-o` freezes and `--json` prints.
//!
//! `resource_changes` has the shape that policy tools for Terraform plans read; the rest is ours.
//! Keys are sorted and nothing depends on the time of day, so equal plans are equal bytes. The
//! digest is sha-256 over the compact form without `plan_sha256` itself.

use serde_json::{Map, Value, json};

use crate::catalog::text::sha256_hex;
use crate::changes::change::Change;
use crate::planning::plan::{Plan, PlannedStage, Proof};

/// Version of the format: unknown majors must be refused by readers, unknown keys ignored.
pub const FORMAT_VERSION: &str = "1.0";

/// Renders a plan.
#[must_use]
pub fn json(plan: &Plan) -> Value {
    let mut value = json!({
        "format_version": FORMAT_VERSION,
        "mlinfra_version": env!("CARGO_PKG_VERSION"),
        "project": plan.project,
        "inputs": plan.inputs,
        "stages": plan.stages.iter().map(|stage| &stage.name).collect::<Vec<_>>(),
        "summary": { "add": super::pools(plan).count(), "change": 0, "destroy": 0 },
        "resource_changes": super::pools(plan).map(resource_change).collect::<Vec<_>>(),
        "placement": by_stage(plan, placement),
        "fit": by_stage(plan, |s| json!(s.fit)),
        "costs": costs(plan),
        "explanations": by_stage(plan, |s| json!({ "funnel": s.funnel, "notes": s.notes })),
        "proof": proof(plan.proof),
        "pass": plan.pass,
        "sharing": plan.sharing,
        "budgets": plan.budgets,
        "not_priced": plan.not_priced,
        "not_considered": plan.not_considered,
        "outputs": plan.outputs,
    });
    value[DIGEST] = Value::String(digest(&value));
    value
}

/// Renders a plan with what is done about each object, instead of with one resource for each pool.
#[must_use]
pub fn json_with(plan: &Plan, changes: &[Change]) -> Value {
    let mut value = json(plan);
    if let Value::Object(plan) = &mut value {
        plan.extend(crate::render::changes::json(changes));
    }
    sealed(value)
}

const DIGEST: &str = "plan_sha256";

/// What was judged of a plan is no part of what it does: a plan has the same digest whatever policies
/// it is held against, and on whatever day.
const POLICIES: &str = "policies";

/// A plan's JSON with what was judged of it.
#[must_use]
pub fn judged(document: Value, policies: Value) -> Value {
    let mut document = document;
    document[POLICIES] = policies;
    document
}

/// A plan's JSON to which something was added, with the digest of the whole.
#[must_use]
pub fn sealed(document: Value) -> Value {
    let mut document = document;
    if let Some(object) = document.as_object_mut() {
        object.remove(DIGEST);
    }
    document[DIGEST] = Value::String(digest(&document));
    document
}

/// The digest of a plan's JSON.
#[must_use]
pub fn digest_of(plan: &Plan) -> String {
    let value = json(plan);
    value[DIGEST].as_str().unwrap_or_default().to_owned()
}

fn digest(rest: &Value) -> String {
    sha256_hex(rest.to_string().as_bytes())
}

/// Whether a plan's JSON is as it was written, by its digest. A digest shows what was changed by
/// mistake or cut short; it is no signature.
#[must_use]
pub fn is_as_written(plan: &Value) -> bool {
    let mut rest = plan.clone();
    let stated = rest.as_object_mut().and_then(|plan| {
        plan.remove(POLICIES);
        plan.remove(DIGEST)
    });
    stated.is_some_and(|stated| stated == digest(&rest))
}

fn by_stage(plan: &Plan, of: fn(&PlannedStage) -> Value) -> Value {
    let entries = plan
        .stages
        .iter()
        .map(|stage| (stage.name.clone(), of(stage)));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn placement(stage: &PlannedStage) -> Value {
    let mut value = json!(stage.placement);
    value["kind"] = json!(stage.kind);
    value["usage"] = json!(stage.usage);
    value["node_hour"] = json!(stage.rate);
    value["nodes_of"] = json!(stage.nodes_of);
    value["interruptions"] = json!(stage.interruptions);
    value["scaling"] = json!(stage.scaling);
    value["fallbacks"] = json!(stage.fallbacks);
    value
}

/// How good the choice is, and what no choice is better than.
fn proof(proof: Proof) -> Value {
    match proof {
        Proof::Optimal => json!({ "status": "optimal" }),
        Proof::Within { lower } => json!({ "status": "within", "least_cost": lower }),
        Proof::WithinTime { lower } => json!({ "status": "within", "least_time": lower }),
    }
}

fn costs(plan: &Plan) -> Value {
    let stage = |stage: &PlannedStage| {
        let mut value = json!(stage.costs);
        value["movements"] = json!(stage.movements);
        value["stored"] = json!(stage.storage);
        value
    };
    let mut value = json!(plan.costs);
    value["currency"] = json!("USD");
    value["period"] = json!("month");
    value["stages"] = by_stage(plan, stage);
    value["each_alone"] = json!(plan.each_alone);
    value["commitments"] = json!(plan.commitments);
    value
}

/// One pool to create: there is no state yet that could hold a prior one.
fn resource_change(stage: &PlannedStage) -> Value {
    json!({
        "address": format!("pool.{}", stage.name),
        "mode": "managed",
        "type": "pool",
        "name": stage.name,
        "provider_name": stage.placement.location.provider,
        "change": {
            "actions": ["create"],
            "before": null,
            "after": stage.placement,
            "after_unknown": { "node_ids": true },
            "before_sensitive": false,
            "after_sensitive": {},
            "replace_paths": [],
        },
        "action_reason": "not-in-state",
    })
}
