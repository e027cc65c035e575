//! The words that JSON schemas of several formats are made of.

use serde_json::{Value, json};

/// An object that has all of these keys; others may be added in a minor version.
pub(super) fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties
        .as_object()
        .map_or(vec![], |o| o.keys().collect());
    json!({ "type": "object", "required": required, "properties": properties })
}

/// Any text.
pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

/// Any text, or nothing.
pub(super) fn optional_text() -> Value {
    json!({ "type": ["string", "null"] })
}

/// A whole number that isn't negative.
pub(super) fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// A list of these.
pub(super) fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// One of these, or nothing.
pub(super) fn or_null(of: &Value) -> Value {
    json!({ "anyOf": [of, { "type": "null" }] })
}

/// What [`money`] and [`rate`] refer to: for `$defs`.
pub(super) fn amounts() -> Value {
    json!({
        "money": { "type": "string", "pattern": "^-?[0-9]+\\.[0-9]{2,6}$" },
        "rate": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,12})?$" },
    })
}

/// Decimal USD.
pub(super) fn money() -> Value {
    json!({ "$ref": "#/$defs/money" })
}

/// Decimal USD per unit.
pub(super) fn rate() -> Value {
    json!({ "$ref": "#/$defs/rate" })
}
