//! The JSON schema of the plan format. A test holds real plans against it.

use serde_json::{Value, json};

use crate::render::schema::{count, object, optional_text, or_null, text};

/// The schema of what `plan --json` prints and `plan -o` writes.
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mlinfra:schema:plan",
        "title": "mlinfra plan --json",
        "description": "Amounts of money are decimal text in USD, so that no digit is lost.",
        "type": "object",
        "required": [
            "format_version", "mlinfra_version", "plan_sha256", "project", "inputs", "summary",
            "stages", "resource_changes", "placement", "fit", "costs", "explanations", "proof", "pass", "sharing",
            "budgets", "not_priced", "not_considered", "outputs",
        ],
        "properties": {
            "format_version": { "const": super::FORMAT_VERSION },
            "mlinfra_version": { "type": "string" },
            "plan_sha256": sha256(),
            "project": project(),
            "inputs": inputs(),
            "stages": texts(),
            "summary": counts(),
            "resource_changes": {
                "type": "array",
                "items": { "anyOf": [resource_change(), object_change()] },
            },
            "resource_drift": { "type": "array", "items": object_change() },
            "placement": by_stage(&placement_with_use()),
            "fit": by_stage(&or_null(&fit())),
            "costs": costs(),
            "explanations": by_stage(&explanation()),
            "proof": proof(),
            "pass": text(),
            "sharing": or_null(&sharing()),
            "budgets": { "type": "array", "items": budget() },
            "not_priced": texts(),
            "not_considered": texts(),
            "outputs": by_stage(&output()),
            "policies": policies(),
        },
        "$defs": {
            "money": { "type": "string", "pattern": "^-?[0-9]+\\.[0-9]{2,6}$" },
            "rate": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,12})?$" },
            "number": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,6})?$" },
        },
    })
}

/// What was judged of the plan, on a day and by policy files. It is no part of `plan_sha256`.
fn policies() -> Value {
    let place = object(json!({ "file": text(), "line": count(), "column": count() }));
    let status = json!({
        "type": "object",
        "required": ["is"],
        "properties": {
            "is": { "enum": ["kept", "broken", "waived"] },
            "reason": text(),
            "until": text(),
        },
    });
    let verdict = object(json!({
        "rule": text(),
        "severity": { "enum": ["note", "warn", "deny"] },
        "status": status,
        "subject": optional_text(),
        "message": text(),
        "hint": optional_text(),
        "place": or_null(&place),
    }));
    object(json!({
        "as_of": text(),
        "sha256": or_null(&sha256()),
        "verdicts": { "type": "array", "items": verdict },
    }))
}

fn by_stage(of: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": of })
}

/// Whether a stage's model fits its GPU, in bytes of one GPU.
fn fit() -> Value {
    let verdict = json!({ "enum": ["fits", "tight", "does-not-fit"] });
    let component = object(json!({ "term": text(), "bytes": count(), "formula": text() }));
    let estimate = object(json!({
        "components": { "type": "array", "items": component },
        "moment": { "enum": ["loss", "backward-start", "backward-end", "step", null] },
        "not_counted": texts(),
        "measured": { "type": "boolean" },
    }));
    let refused = object(json!({
        "gpu": text(),
        "verdict": verdict,
        "needed_bytes": count(),
        "usable_bytes": count(),
        "limit_bytes": count(),
    }));
    object(json!({
        "gpu": text(),
        "verdict": verdict,
        "needed_bytes": count(),
        "usable_bytes": count(),
        "limit_bytes": count(),
        "usable_estimated": { "type": "boolean" },
        "binding": optional_text(),
        "estimate": estimate,
        "largest_batch": or_null(&count()),
        "largest_sequence": or_null(&count()),
        "probe": or_null(&texts()),
        "refused": { "type": "array", "items": refused },
    }))
}

fn texts() -> Value {
    json!({ "type": "array", "items": text() })
}

fn sha256() -> Value {
    json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn project() -> Value {
    object(json!({
        "name": text(),
        "team": optional_text(),
        "owner": optional_text(),
        "labels": { "type": "object", "additionalProperties": text() },
    }))
}

fn inputs() -> Value {
    let catalog = object(json!({
        "name": text(),
        "as_of": { "type": "string", "format": "date" },
        "sha256": sha256(),
    }));
    object(json!({
        "spec_sha256": sha256(),
        "blocks": { "type": "object", "additionalProperties": sha256() },
        "catalogs": { "type": "array", "items": catalog },
        "objective": { "enum": ["cost", "time"] },
    }))
}

fn counts() -> Value {
    object(json!({ "add": count(), "change": count(), "destroy": count() }))
}

fn placement() -> Value {
    object(json!({
        "location": text(),
        "zone": optional_text(),
        "instance_type": text(),
        "capacity_type": { "enum": ["on-demand", "spot", "reserved"] },
        "nodes": { "type": "integer", "minimum": 1 },
        "replicas": { "type": ["integer", "null"], "minimum": 1 },
        "gpu": optional_text(),
        "gpus_per_node": { "type": ["string", "null"], "pattern": "^[0-9]+(\\.[0-9]{1,6})?$" },
    }))
}

fn placement_with_use() -> Value {
    let usage = object(json!({
        "startup": text(),
        "work": text(),
        "duration": text(),
        "waiting": text(),
        "runs_per_month": reference("number"),
        "node_hours": reference("number"),
        "nodes_by_hour": {
            "type": ["array", "null"], "items": count(), "minItems": 24, "maxItems": 24,
        },
        "estimated_from": optional_text(),
    }));
    let fallback = object(json!({
        "placement": placement(),
        "rate": rate(),
        "added": reference("money"),
    }));
    let more = object(json!({
        "kind": { "enum": ["data-processing", "training", "serving"] },
        "usage": usage,
        "node_hour": rate(),
        "nodes_of": optional_text(),
        "interruptions": or_null(&interruptions()),
        "scaling": or_null(&object(json!({
            "always_at_peak": reference("money"),
            "scaled_to_zero": reference("money"),
        }))),
        "fallbacks": { "type": "array", "items": fallback },
    }));
    json!({ "allOf": [placement(), more] })
}

fn sharing() -> Value {
    let pool = object(json!({ "name": optional_text(), "stages": texts() }));
    object(json!({
        "pools": { "type": "array", "items": pool },
        "shared": or_null(&reference("money")),
        "apart": or_null(&reference("money")),
        "apart_pays_from": or_null(&reference("number")),
    }))
}

fn interruptions() -> Value {
    let published = object(json!({
        "published": object(json!({ "class": text(), "source": text() })),
    }));
    let unbounded = object(json!({
        "unbounded": object(json!({ "class": text(), "source": text() })),
    }));
    object(json!({
        "mean_between": text(),
        "source": { "anyOf": [{ "enum": ["given", "assumed"] }, published, unbounded] },
        "gang": { "type": "integer", "minimum": 1 },
        "count": reference("number"),
        "checkpoint_every": optional_text(),
        "in_time": or_null(&reference("number")),
        "break_even": optional_text(),
    }))
}

fn proof() -> Value {
    json!({
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": { "enum": ["optimal", "within"] },
            "least_cost": reference("money"),
            "least_time": text(),
        },
    })
}

fn rate() -> Value {
    object(json!({
        "usd": reference("rate"),
        "basis": { "enum": ["listed", "derived", "estimated", "given"] },
        "source": text(),
    }))
}

fn resource_change() -> Value {
    let actions = ["no-op", "create", "update", "delete", "read", "forget"];
    let change = object(json!({
        "actions": { "type": "array", "items": { "enum": actions }, "minItems": 1 },
        "before": { "type": ["object", "null"] },
        "after": { "anyOf": [placement(), { "type": "null" }] },
        "after_unknown": { "type": "object" },
        "before_sensitive": {},
        "after_sensitive": {},
        "replace_paths": { "type": "array" },
    }));
    object(json!({
        "address": text(),
        "mode": { "const": "managed" },
        "type": text(),
        "name": text(),
        "provider_name": text(),
        "change": change,
        "action_reason": text(),
    }))
}

/// What is done about one object, where the plan was made to be applied.
fn object_change() -> Value {
    let actions = ["no-op", "create", "update", "delete", "read", "forget"];
    let paths = json!({ "type": "array", "items": texts() });
    let hourly = json!({ "anyOf": [reference("money"), { "type": "null" }] });
    let change = object(json!({
        "actions": { "type": "array", "items": { "enum": actions }, "minItems": 1 },
        "before": { "type": ["object", "null"] },
        "after": { "type": ["object", "null"] },
        "after_unknown": { "type": "object", "additionalProperties": { "const": true } },
        "before_sensitive": { "type": "object" },
        "after_sensitive": { "type": "object" },
        "replace_paths": paths,
    }));
    object(json!({
        "address": text(),
        "deposed": optional_text(),
        "mode": { "const": "managed" },
        "type": text(),
        "name": text(),
        "provider_name": text(),
        "scope": text(),
        "stage": text(),
        "alternative": count(),
        "usd_per_hour": object(json!({ "before": hourly, "after": hourly })),
        "change": change,
        "action_reason": text(),
    }))
}

fn bill() -> Value {
    object(json!({
        "compute": reference("money"),
        "waiting": reference("money"),
        "movement": reference("money"),
        "storage": reference("money"),
        "covered": reference("money"),
        "total": reference("money"),
        "estimated": { "type": "boolean" },
    }))
}

fn costs() -> Value {
    let movement = object(json!({
        "name": text(),
        "source": text(),
        "from": text(),
        "amount": text(),
        "times_per_month": reference("number"),
        "rate": rate(),
        "cost": reference("money"),
        "wait": { "anyOf": [wait_for(), { "enum": [null, "unknown"] }] },
        "wait_cost": reference("money"),
    }));
    let stored = object(json!({
        "output": text(),
        "size": text(),
        "copies": reference("number"),
        "rate": { "anyOf": [rate(), { "type": "null" }] },
        "cost": reference("money"),
    }));
    let lines = object(json!({
        "movements": { "type": "array", "items": movement },
        "stored": { "type": "array", "items": stored },
    }));
    let stage = json!({ "allOf": [bill(), lines] });
    let whole = object(json!({
        "currency": { "const": "USD" },
        "period": { "const": "month" },
        "stages": by_stage(&stage),
        "each_alone": or_null(&reference("money")),
        "commitments": or_null(&object(json!({
            "paid_anyway": reference("money"),
            "covered": reference("money"),
            "could_cover": reference("money"),
        }))),
    }));
    json!({ "allOf": [bill(), whole] })
}

fn wait_for() -> Value {
    object(json!({
        "for": object(json!({ "time": text(), "estimated": { "type": "boolean" } })),
    }))
}

fn explanation() -> Value {
    let step = object(json!({
        "requirement": text(),
        "text": text(),
        "removed": { "type": "integer", "minimum": 1 },
        "left": count(),
    }));
    let funnel = object(json!({
        "offerings": count(),
        "steps": { "type": "array", "items": step },
        "candidates": count(),
    }));
    object(json!({ "funnel": funnel, "notes": texts() }))
}

fn budget() -> Value {
    object(json!({
        "name": text(),
        "limit": reference("money"),
        "used": reference("money"),
        "status": { "enum": ["within", "warning", "exceeded-allowed", "exceeded-denied"] },
    }))
}

fn output() -> Value {
    let after_apply = object(json!({ "stage": text(), "attribute": text() }));
    let value = json!({ "anyOf": [
        { "type": "null" },
        object(json!({ "known": {} })),
        object(json!({ "after-apply": after_apply })),
    ] });
    object(json!({ "value": value, "sensitive": { "type": "boolean" } }))
}
