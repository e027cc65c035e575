//! A project's outputs for those that it hands over to: orchestrators, shells, people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::text::inert_line;

/// What stands for a value that isn't to be seen.
const HIDDEN: &str = "(sensitive)";

/// An output with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Its value; `None` when it isn't known before apply.
    pub value: Option<Value>,
    /// Whether it is shown only to who asks for it by name.
    pub sensitive: bool,
}

/// Outputs by name.
pub type Outputs = BTreeMap<String, Named>;

/// For people: `name = value`, one in a line.
#[must_use]
pub fn human(outputs: &Outputs) -> String {
    let mut text = String::new();
    for (name, output) in outputs {
        let shown = match (&output.value, output.sensitive) {
            (_, true) => HIDDEN.to_owned(),
            (None, _) => "(known after apply)".to_owned(),
            (Some(value), _) => inert_line(&value.to_string()),
        };
        let _ = writeln!(text, "{name} = {shown}");
    }
    text
}

/// For programs, in Terraform's shape: `{name: {value, type, sensitive}}`. What isn't to be seen is
/// null unless `reveal`.
#[must_use]
pub fn json(outputs: &Outputs, reveal: bool) -> Value {
    let each = outputs.iter().map(|(name, output)| {
        let shown = output.value.clone().filter(|_| reveal || !output.sensitive);
        let value = json!({
            "value": shown,
            "type": output.value.as_ref().map_or(json!("string"), type_of),
            "sensitive": output.sensitive,
        });
        (name.clone(), value)
    });
    Value::Object(each.collect())
}

/// A type as Terraform writes it.
fn type_of(value: &Value) -> Value {
    match value {
        Value::Null | Value::String(_) => json!("string"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::Array(values) => {
            let types: Vec<Value> = values.iter().map(type_of).collect();
            match types.split_first() {
                Some((first, rest)) if rest.iter().all(|other| other == first) => {
                    json!(["list", first])
                }
                None => json!(["list", "string"]),
                Some(_) => json!(["tuple", types]),
            }
        }
        Value::Object(map) => {
            let each = map
                .iter()
                .map(|(name, value)| (name.clone(), type_of(value)));
            json!(["object", Value::Object(each.collect())])
        }
    }
}

/// For shells and CI systems: `NAME=value` lines, quoted for a POSIX shell. What isn't to be seen, and
/// what isn't known, is left out.
#[must_use]
pub fn env(outputs: &Outputs, reveal: bool) -> String {
    let mut text = String::new();
    for (name, output) in outputs {
        if output.sensitive && !reveal {
            continue;
        }
        let Some(value) = &output.value else { continue };
        let name: String = name
            .to_uppercase()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let _ = writeln!(text, "{name}={}", quoted(&raw(value)));
    }
    text
}

/// A value without quotes, if it is a text.
#[must_use]
pub fn raw(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(Value::is_string) => {
            let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            texts.join(",")
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs() -> Outputs {
        let named = |value: Value, sensitive| Named {
            value: Some(value),
            sensitive,
        };
        BTreeMap::from([
            (
                "endpoint".into(),
                named(json!(["10.0.0.1", "10.0.0.2"]), false),
            ),
            ("it's".into(), named(json!("a'b"), false)),
            ("secret".into(), named(json!("x"), true)),
            (
                "weights".into(),
                Named {
                    value: None,
                    sensitive: false,
                },
            ),
        ])
    }

    #[test]
    fn json_has_terraforms_shape_and_no_secret() {
        let json = json(&outputs(), false);
        assert_eq!(json["endpoint"]["type"], json!(["list", "string"]));
        assert_eq!(json["endpoint"]["value"][1], "10.0.0.2");
        assert_eq!(json["secret"]["value"], Value::Null);
        assert_eq!(json["secret"]["sensitive"], true);
        assert_eq!(super::json(&outputs(), true)["secret"]["value"], "x");
    }

    #[test]
    fn shells_get_quoted_lines() {
        assert_eq!(
            env(&outputs(), false),
            "ENDPOINT='10.0.0.1,10.0.0.2'\nIT_S='a'\\''b'\n"
        );
    }

    #[test]
    fn people_see_that_something_is_hidden_or_unknown() {
        let text = human(&outputs());
        assert!(text.contains("secret = (sensitive)\n"));
        assert!(text.contains("weights = (known after apply)\n"));
    }
}
