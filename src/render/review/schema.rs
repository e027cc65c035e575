//! The JSON schema of reviews. A test holds real ones against it.

use serde_json::{Value, json};

use crate::render::schema::{amounts, count, list, money, object, optional_text, or_null, text};

/// The schema of what `mlinfra diff --json` prints and `mlinfra diff -o` writes.
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mlinfra:schema:diff",
        "title": "mlinfra diff --json",
        "description": "Amounts of money are decimal text in USD per month, below zero where it costs less.",
        "type": "object",
        "required": ["format_version", "valid_at", "specs"],
        "properties": {
            "format_version": { "const": crate::review::FORMAT_VERSION },
            "valid_at": { "type": "string", "format": "date-time" },
            "specs": { "type": "array", "items": spec() },
        },
        "$defs": amounts(),
    })
}

fn spec() -> Value {
    let stage = object(json!({
        "name": text(),
        "status": { "enum": ["added", "removed", "changed", "unchanged"] },
        "difference": or_null(&difference()),
        "reasons": list(&reason()),
    }));
    // A value that isn't there is null.
    let change = object(json!({ "address": text(), "path": text(), "before": {}, "after": {} }));
    let day = json!({ "type": ["string", "null"], "format": "date" });
    let catalog = object(json!({ "name": text(), "before": day, "after": day }));
    object(json!({
        "spec": text(),
        "project": text(),
        "base": side(),
        "head": side(),
        "difference": or_null(&difference()),
        "stages": list(&stage),
        "spec_changes": list(&change),
        "catalog_changes": list(&catalog),
        "one_off": list(&one_off()),
        "verdicts": list(&verdict()),
        "notes": list(&text()),
    }))
}

/// A side; the plan has the members of a plan, stage by stage.
fn side() -> Value {
    let plan = object(json!({
        "project": { "type": "object" },
        "inputs": { "type": "object" },
        "stages": { "type": "array", "items": { "type": "object" } },
        "costs": costs(),
        "budgets": { "type": "array", "items": { "type": "object" } },
    }));
    let planned = object(json!({
        "status": { "const": "planned" },
        "plan": plan,
        "plan_sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$" },
    }));
    let refused = object(json!({ "status": { "const": "refused" }, "why": list(&text()) }));
    let absent = object(json!({ "status": { "const": "absent" } }));
    object(json!({
        "label": text(),
        "commit": optional_text(),
        "made": { "oneOf": [planned, refused, absent] },
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

fn difference() -> Value {
    object(json!({ "spec": costs(), "prices": costs(), "choice": costs() }))
}

fn reason() -> Value {
    let rate = object(json!({
        "usd": { "$ref": "#/$defs/rate" },
        "basis": { "enum": ["listed", "derived", "estimated", "given"] },
        "source": text(),
    }));
    let addresses = list(&text());
    let of = |name: &str, mut more: Value| {
        more["reason"] = json!({ "const": name });
        object(more)
    };
    json!({ "oneOf": [
        of("spec", json!({ "addresses": addresses })),
        of("rate", json!({ "what": text(), "before": rate, "after": rate })),
        of("elsewhere", json!({ "addresses": addresses })),
        of("other-prices", json!({})),
    ] })
}

fn one_off() -> Value {
    let move_data = object(json!({
        "kind": { "const": "move-data" },
        "output": text(), "from": text(), "to": text(), "amount": text(),
    }));
    let overlap = object(json!({ "kind": { "const": "overlap" }, "nodes": count() }));
    let about = object(json!({ "price": { "const": "about" }, "usd": money() }));
    let unknown = object(json!({ "price": { "const": "unknown" }, "why": text() }));
    object(json!({
        "stage": text(),
        "kind": { "oneOf": [move_data, overlap] },
        "cost": { "oneOf": [about, unknown] },
    }))
}

fn verdict() -> Value {
    let waived = object(json!({ "is": { "const": "waived" }, "reason": text(), "until": text() }));
    let plain = object(json!({ "is": { "enum": ["kept", "broken"] } }));
    let place = object(json!({ "file": text(), "line": count(), "column": count() }));
    object(json!({
        "rule": text(),
        "severity": { "enum": ["note", "warn", "deny"] },
        "status": { "oneOf": [waived, plain] },
        "subject": optional_text(),
        "message": text(),
        "hint": optional_text(),
        "place": or_null(&place),
    }))
}
