//! The tables as a JSON Schema (2020-12): a spec as an object of its blocks, for editors and for
//! tools that make specs.

use serde_json::{Map, Value, json};

use super::{Argument, BlockSchema, Kind, Label, SPEC, Times};

/// The schema of a spec. A block is an object; blocks with names are objects by name; blocks that
/// may be repeated without a name are lists.
#[must_use]
pub fn spec_schema() -> Value {
    let mut schema = block(&SPEC);
    let head = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mlinfra:schema:spec",
        "title": "mlinfra spec",
    });
    merge(&mut schema, head);
    schema
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn block(schema: &BlockSchema) -> Value {
    let mut properties: Map<String, Value> = properties(schema.arguments);
    for nested in schema.blocks {
        let inner = block(nested.schema);
        let value = match (nested.schema.label, nested.times) {
            (Label::Name, Times::Any) => json!({"type": "object", "additionalProperties": inner}),
            (Label::Name, _) => {
                json!({"type": "object", "additionalProperties": inner, "maxProperties": 1})
            }
            (Label::OneOf(words), times) => {
                let inner = match times {
                    Times::Repeated => json!({"type": "array", "items": inner}),
                    _ => inner,
                };
                let by_label = words.iter().map(|w| ((*w).to_owned(), inner.clone()));
                let by_label: Map<String, Value> = by_label.collect();
                json!({"type": "object", "properties": by_label, "additionalProperties": false})
            }
            (Label::None, Times::Any) => json!({"type": "array", "items": inner}),
            (Label::None, _) => inner,
        };
        properties.insert(nested.schema.name.to_owned(), value);
    }
    let arguments = schema
        .arguments
        .iter()
        .filter(|a| a.required)
        .map(|a| a.name);
    let blocks = schema.blocks.iter().filter(|n| n.times == Times::Once);
    let required: Vec<&str> = arguments.chain(blocks.map(|n| n.schema.name)).collect();
    json!({
        "type": "object",
        "description": schema.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": schema.others.map_or(Value::Bool(false), kind),
    })
}

fn properties(arguments: &[Argument]) -> Map<String, Value> {
    let described = arguments.iter().map(|argument| {
        let mut value = kind(&argument.kind);
        merge(&mut value, json!({"description": argument.doc}));
        (argument.name.to_owned(), value)
    });
    described.collect()
}

fn kind(kind_of: &Kind) -> Value {
    match kind_of {
        Kind::Expression | Kind::Value => json!({}),
        Kind::Text | Kind::Location | Kind::LocationPattern | Kind::Schedule => {
            json!({"type": "string"})
        }
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Count(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Positive => json!({"type": "number", "exclusiveMinimum": 0}),
        Kind::Rate | Kind::Money => json!({"type": "number", "minimum": 0}),
        Kind::Share => json!({"type": "number", "minimum": 0, "maximum": 1}),
        Kind::Discount => json!({"type": "number", "minimum": 0, "exclusiveMaximum": 1}),
        Kind::Probability => {
            json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1})
        }
        Kind::Bytes | Kind::PositiveBytes => json!({"type": "string", "examples": ["600GiB"]}),
        Kind::Duration | Kind::PositiveDuration | Kind::Interval => {
            json!({"type": "string", "examples": ["3h"]})
        }
        Kind::Parameters => json!({"type": ["string", "integer"], "examples": ["7B"]}),
        Kind::Choice(words) => json!({"enum": words}),
        Kind::Capability => json!({"type": "string", "pattern": "^[0-9]{1,2}\\.[0-9]{1,2}$"}),
        Kind::Reference(target) => json!({"type": "string", "description": target.form()}),
        Kind::ListOf(inner) => json!({"type": "array", "items": kind(inner), "minItems": 1}),
        Kind::MapOf(inner) => json!({"type": "object", "additionalProperties": kind(inner)}),
        Kind::Record(arguments) => {
            let required = arguments.iter().filter(|a| a.required).map(|a| a.name);
            json!({
                "type": "object",
                "properties": properties(arguments),
                "required": required.collect::<Vec<_>>(),
                "additionalProperties": false,
            })
        }
        Kind::Either(scalar, collection) => json!({"anyOf": [kind(scalar), kind(collection)]}),
    }
}
