//! `docs/spec-language.md` lists the blocks and arguments that there are.

use std::fmt::Write as _;
use std::path::PathBuf;

use mlinfra::spec::spec_schema;
use serde_json::Value;

const MARK: &str =
    "<!-- blocks: made from the tables in src/spec/schema by tests/it/spec/reference.rs -->\n";

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/spec-language.md")
}

/// A block's own schema inside of what its label or repetition makes of it, and its label.
fn block(schema: &Value) -> Option<(&Value, String)> {
    let named = &schema["additionalProperties"];
    if schema["type"] == "array" && schema["items"].get("properties").is_some() {
        return Some((&schema["items"], String::new()));
    }
    if schema.get("description").is_some() {
        return schema
            .get("properties")
            .is_some()
            .then(|| (schema, String::new()));
    }
    if named.get("description").is_some() && named.get("properties").is_some() {
        return Some((named, " \"NAME\"".to_owned()));
    }
    let (_, first) = schema["properties"].as_object()?.iter().next()?;
    let words: Vec<_> = schema["properties"]
        .as_object()?
        .keys()
        .map(|k| format!("\"{k}\""))
        .collect();
    // Blocks of one label may be repeated.
    let first = first.get("items").unwrap_or(first);
    first.get("properties")?;
    Some((first, format!(" {}", words.join("|"))))
}

fn form(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> = words.iter().map(|w| format!("`{w}`")).collect();
        return words.join(", ");
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(form).collect::<Vec<_>>().join("; or ");
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", form(&schema["items"])),
        Value::String(kind) if kind == "object" => {
            let inner = &schema["additionalProperties"];
            if inner.is_object() {
                return format!("object of {}", form(inner));
            }
            let names = schema["properties"].as_object().unwrap().keys();
            format!("`{{ {} }}`", names.cloned().collect::<Vec<_>>().join(", "))
        }
        Value::String(kind) => match schema["examples"][0].as_str() {
            Some(example) => format!("{kind} like `\"{example}\"`"),
            None => kind.clone(),
        },
        Value::Array(kinds) => kinds[0].as_str().unwrap().to_owned(),
        _ => "any value".to_owned(),
    }
}

fn write_block(path: &str, schema: &Value, label: &str, out: &mut String) {
    let properties = schema["properties"].as_object().unwrap();
    let required: Vec<_> = schema["required"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect();
    let head = path.rsplit(" › ").next().unwrap();
    let doc = schema["description"].as_str().unwrap();
    _ = writeln!(out, "\n### {path}\n\n`{head}{label} {{ … }}`: {doc}");
    let mut inner = Vec::new();
    let mut rows = String::new();
    for (name, value) in properties {
        if let Some((schema, label)) = block(value).filter(|_| is_block(value)) {
            inner.push((name, schema, label));
            continue;
        }
        let mark = if required.contains(&name.as_str()) {
            " (required)"
        } else {
            ""
        };
        let doc = value["description"].as_str().unwrap_or("");
        _ = writeln!(
            rows,
            "| `{name}`{mark} | {} | {doc} |",
            form(value).replace('|', "\\|")
        );
    }
    if schema["additionalProperties"].is_object() {
        rows.push_str("| any other name | ");
        rows.push_str(&form(&schema["additionalProperties"]));
        rows.push_str(" | |\n");
    }
    if !rows.is_empty() {
        _ = write!(out, "\n| argument | value | |\n| --- | --- | --- |\n{rows}");
    }
    for (name, schema, label) in inner {
        write_block(&format!("{path} › {name}"), schema, &label, out);
    }
}

/// Blocks have tables of their own inside; arguments that are objects haven't.
fn is_block(value: &Value) -> bool {
    let inside = block(value).map(|(schema, _)| schema);
    inside.is_some_and(|s| s.get("required").is_some() && s.get("description").is_some())
}

#[test]
fn the_reference_lists_every_block_and_argument() {
    let schema = spec_schema();
    let mut reference = String::new();
    for (name, value) in schema["properties"].as_object().unwrap() {
        let (schema, label) = block(value).unwrap();
        write_block(name, schema, &label, &mut reference);
    }
    let text = std::fs::read_to_string(page()).unwrap();
    let (before, after) = text.split_once(MARK).unwrap();
    if std::env::var_os("MLINFRA_UPDATE").is_some() {
        std::fs::write(page(), format!("{before}{MARK}{reference}")).unwrap();
        return;
    }
    assert_eq!(after, reference, "MLINFRA_UPDATE=1 writes it");
}
