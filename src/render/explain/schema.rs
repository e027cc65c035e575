//! The JSON schema of `mlinfra explain --json`.

use serde_json::{Value, json};

use crate::render::schema::{amounts, count, list, money, object, optional_text, rate, text};

/// The schema: an explanation, or the comparison that `--what-if` asks for.
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mlinfra:schema:explain",
        "title": "mlinfra explain --json",
        "anyOf": [explanation(), comparison()],
        "$defs": amounts(),
    })
}

fn explanation() -> Value {
    object(json!({
        "format_version": { "const": "1.0" },
        "mlinfra_version": text(),
        "inputs": { "type": "object" },
        "stage": text(),
        "placement": placement(),
        "node_hour": cited(),
        "costs": costs(),
        "plan_costs": costs(),
        "proof": {},
        "funnel": funnel(),
        "alternatives": list(&object(json!({ "instead": instead(), "outcome": outcome() }))),
        "thresholds": list(&threshold()),
        "mixture": { "anyOf": [{ "type": "null" }, mixture()] },
        "why_not": { "anyOf": [{ "type": "null" }, why_not()] },
    }))
}

fn comparison() -> Value {
    let side = object(json!({ "placement": placement(), "node_hour": cited(), "costs": costs() }));
    let stage = object(json!({ "before": side, "after": side }));
    let what_if = object(json!({
        "changes": list(&text()),
        "stages": { "type": "object", "additionalProperties": stage },
        "before": costs(),
        "after": costs(),
        "added": money(),
    }));
    object(json!({
        "format_version": { "const": "1.0" },
        "mlinfra_version": text(),
        "what_if": what_if,
    }))
}

fn placement() -> Value {
    object(json!({
        "location": text(),
        "zone": optional_text(),
        "instance_type": text(),
        "capacity_type": { "enum": ["on-demand", "spot", "reserved"] },
        "nodes": { "type": "integer", "minimum": 1 },
        "replicas": { "type": ["integer", "null"] },
        "gpu": optional_text(),
        "gpus_per_node": optional_text(),
    }))
}

fn cited() -> Value {
    object(json!({
        "usd": rate(),
        "basis": { "enum": ["listed", "derived", "estimated", "given"] },
        "source": text(),
    }))
}

fn costs() -> Value {
    object(json!({
        "compute": money(),
        "waiting": money(),
        "movement": money(),
        "storage": money(),
        "covered": money(),
        "total": money(),
        "estimated": { "type": "boolean" },
    }))
}

fn funnel() -> Value {
    let step = object(json!({
        "requirement": text(),
        "text": text(),
        "source": optional_text(),
        "removed": { "type": "integer", "minimum": 1 },
        "left": count(),
    }));
    object(json!({ "offerings": count(), "steps": list(&step), "candidates": count() }))
}

fn instead() -> Value {
    json!({ "anyOf": [
        { "enum": ["other-zone", "other-machine"] },
        object(json!({ "provider": text() })),
        object(json!({ "region": text() })),
        object(json!({ "capacity": { "enum": ["on-demand", "spot", "reserved"] } })),
    ] })
}

fn outcome() -> Value {
    let limits = object(json!({ "limits": list(&text()) }));
    json!({ "anyOf": [
        { "enum": ["stopped"] },
        object(json!({ "plan": other_plan() })),
        object(json!({ "no-offering": { "anyOf": [{ "type": "null" }, rejected()] } })),
        object(json!({ "no-plan": limits })),
    ] })
}

fn moved() -> Value {
    list(&object(
        json!({ "stage": text(), "placement": placement() }),
    ))
}

fn other_plan() -> Value {
    object(json!({
        "placement": placement(),
        "rate": cited(),
        "added": costs(),
        "pass": text(),
        "moved": moved(),
        "exceeds": list(&text()),
        "unpreferred": { "type": "boolean" },
        "proven": { "type": "boolean" },
    }))
}

fn mixture() -> Value {
    let nodes = object(json!({
        "offering": offering(),
        "nodes": { "type": "integer", "minimum": 1 },
    }));
    object(json!({
        "peak_rps": text(),
        "nodes": list(&nodes),
        "hour": rate(),
        "planned_hour": rate(),
        "proven": { "type": "boolean" },
    }))
}

fn offering() -> Value {
    object(json!({
        "location": text(),
        "zone": optional_text(),
        "instance_type": text(),
        "capacity_type": { "enum": ["on-demand", "spot", "reserved"] },
        "gpu": optional_text(),
        "gpus_per_node": optional_text(),
        "rate": { "anyOf": [{ "type": "null" }, rate()] },
    }))
}

fn rejected() -> Value {
    let failed = object(json!({
        "requirement": text(),
        "text": text(),
        "source": optional_text(),
        "has": text(),
    }));
    let counted = object(json!({ "requirement": text(), "text": text(), "offerings": count() }));
    object(json!({
        "nearest": offering(),
        "failed": list(&failed),
        "by_requirement": list(&counted),
    }))
}

fn threshold() -> Value {
    let data = object(json!({ "name": text(), "from": text() }));
    let subject = json!({ "anyOf": [
        { "enum": ["own"] },
        object(json!({ "other": placement() })),
        object(json!({ "data": data })),
    ] });
    object(json!({ "subject": subject, "now": rate(), "at": rate(), "instead": moved() }))
}

fn why_not() -> Value {
    let answer = json!({ "anyOf": [
        { "enum": ["chosen"] },
        object(json!({ "rejected": rejected() })),
        object(json!({ "possible": outcome() })),
    ] });
    object(json!({
        "asked": text(),
        "offerings": count(),
        "eligible": count(),
        "answer": answer,
    }))
}
