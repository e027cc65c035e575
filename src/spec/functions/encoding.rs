use super::{Call, Refusal};
use crate::spec::value::Value;

pub(super) fn jsonencode(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    refuse_references(call)?;
    Ok(Value::text(to_json_text(&call.args[0])))
}

fn refuse_references(call: &Call<'_, '_>) -> Result<(), Refusal> {
    // Escapes can make a text six times as long.
    call.afford(call.args[0].weight().saturating_mul(2))?;
    match call.args[0].find_reference() {
        None => Ok(()),
        Some(reference) => {
            let at = call.origins.first().copied().unwrap_or(call.at);
            let fault = crate::spec::eval::after_apply(reference, at);
            Err(Refusal::Fault(fault))
        }
    }
}

/// Compact JSON with sorted keys; numbers exactly as they are.
pub(super) fn to_json_text(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(&value.to_string()),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Text(text) => out.push_str(&quoted(text)),
        Value::Reference(reference) => out.push_str(&quoted(&reference.written())),
        Value::List(list) => {
            out.push('[');
            for (i, item) in list.items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (i, (key, item)) in map.items.iter().enumerate() {
                out.push_str(if i == 0 { "" } else { "," });
                out.push_str(&quoted(key));
                out.push(':');
                write_json(item, out);
            }
            out.push('}');
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(super) fn jsondecode(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let text = call.text(0)?;
    let bad = |detail: String| Refusal::Argument(0, detail);
    // The decoder itself refuses more than 128 levels.
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| bad(format!("the string isn't JSON: {e}.")))?;
    Value::from_json(&json).ok_or_else(|| bad("a number in it can't be kept exactly.".to_owned()))
}

/// Block style, two spaces, keys sorted, strings always quoted: readable, and without the traps of
/// plain scalars such as `no` and `1e3`.
pub(super) fn yamlencode(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    refuse_references(call)?;
    let mut out = String::new();
    write_yaml(call, &call.args[0], 0, &mut out)?;
    if !out.ends_with('\n') {
        out.push('\n');
    }
    Ok(Value::text(out.trim_start().to_owned()))
}

fn write_yaml(
    call: &Call<'_, '_>,
    value: &Value,
    depth: usize,
    out: &mut String,
) -> Result<(), Refusal> {
    match value {
        Value::List(list) if !list.items.is_empty() => {
            for item in &list.items {
                start_line(call, depth, out)?;
                out.push_str("- ");
                write_yaml(call, item, depth + 1, out)?;
            }
        }
        Value::Map(map) if !map.items.is_empty() => {
            for (key, item) in &map.items {
                start_line(call, depth, out)?;
                out.push_str(&quoted(key));
                out.push_str(": ");
                write_yaml(call, item, depth + 1, out)?;
            }
        }
        scalar => write_json(scalar, out),
    }
    Ok(())
}

/// Goes to a new line, unless a `- ` has just begun one.
fn start_line(call: &Call<'_, '_>, depth: usize, out: &mut String) -> Result<(), Refusal> {
    if out.ends_with("- ") {
        return Ok(());
    }
    while out.ends_with(' ') {
        out.pop();
    }
    call.afford(2 * depth as u64)?;
    if !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&"  ".repeat(depth));
    Ok(())
}
