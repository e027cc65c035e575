//! The plan back from its JSON: what `render::plan::json` writes is arranged by what readers ask for,
//! and this puts the parts of each stage together again.

use serde_json::{Map, Value, json};

use super::json::{FORMAT_VERSION, is_as_written};
use crate::planning::plan::Plan;

/// Why a JSON document can't be read as a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlan {
    /// It has another form.
    #[error("isn't a plan of format 1")]
    OtherFormat,
    /// It was changed since.
    #[error("was changed after it was written: `plan_sha256` isn't the digest of the rest")]
    Changed,
    /// A part is missing or isn't what it should be.
    #[error("isn't a whole plan: {why}")]
    NotWhole {
        /// What is missing or wrong.
        why: String,
    },
}

/// Reads a plan from the JSON that `mlinfra plan` writes.
///
/// # Errors
///
/// [`NoPlan`] when it is none, or isn't as it was written.
pub fn read(document: &Value) -> Result<Plan, NoPlan> {
    let version = document["format_version"].as_str().unwrap_or_default();
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    if major(version) != major(FORMAT_VERSION) {
        return Err(NoPlan::OtherFormat);
    }
    if !is_as_written(document) {
        return Err(NoPlan::Changed);
    }
    let not_whole = |why: String| NoPlan::NotWhole { why };
    let names = document["stages"].as_array();
    let names = names.ok_or_else(|| {
        not_whole("it doesn't say in which order its stages are; make it again".to_owned())
    })?;
    let names = names.iter().filter_map(Value::as_str);
    let stages: Vec<Value> = names.map(|name| stage(document, name)).collect();
    let costs = &document["costs"];
    let plan = json!({
        "project": document["project"],
        "inputs": document["inputs"],
        "stages": stages,
        "costs": costs,
        "proof": proof(&document["proof"]),
        "pass": document["pass"],
        "each_alone": costs["each_alone"],
        "commitments": costs["commitments"],
        "sharing": document["sharing"],
        "budgets": document["budgets"],
        "not_priced": document["not_priced"],
        "not_considered": document["not_considered"],
        "outputs": document["outputs"],
    });
    serde_json::from_value(plan).map_err(|error| not_whole(error.to_string()))
}

/// One stage, from the sections that have a part of it.
fn stage(document: &Value, name: &str) -> Value {
    let placement = &document["placement"][name];
    let costs = &document["costs"]["stages"][name];
    let explanation = &document["explanations"][name];
    let mut stage = Map::from_iter([("name".to_owned(), Value::from(name))]);
    for (key, value) in [
        ("placement", placement),
        ("kind", &placement["kind"]),
        ("usage", &placement["usage"]),
        ("rate", &placement["node_hour"]),
        ("nodes_of", &placement["nodes_of"]),
        ("interruptions", &placement["interruptions"]),
        ("scaling", &placement["scaling"]),
        ("fallbacks", &placement["fallbacks"]),
        ("fit", &document["fit"][name]),
        ("costs", costs),
        ("movements", &costs["movements"]),
        ("storage", &costs["stored"]),
        ("funnel", &explanation["funnel"]),
        ("notes", &explanation["notes"]),
    ] {
        stage.insert(key.to_owned(), value.clone());
    }
    Value::Object(stage)
}

/// How good the choice is, with the keys that the type has.
fn proof(proof: &Value) -> Value {
    match (&proof["least_cost"], &proof["least_time"]) {
        (Value::Null, Value::Null) => json!({ "status": proof["status"] }),
        (Value::Null, time) => json!({ "status": "within-time", "lower": time }),
        (cost, _) => json!({ "status": proof["status"], "lower": cost }),
    }
}
