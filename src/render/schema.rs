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
