use super::collections::sort_key;
use super::{Call, Refusal};
use crate::spec::number::Number;
use crate::spec::value::Value;

fn refuse(call: &Call<'_, '_>, what: &str) -> Result<Value, Refusal> {
    let kind = call.args[0].kind();
    Err(Refusal::Argument(
        0,
        format!("{kind} can't be made {what}."),
    ))
}

pub(super) fn tostring(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    match &call.args[0] {
        Value::Null => Ok(Value::Null),
        other => match other.to_text() {
            Some(text) => Ok(Value::Text(text)),
            None => refuse(call, "a string"),
        },
    }
}

pub(super) fn tonumber(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    match &call.args[0] {
        Value::Null => Ok(Value::Null),
        Value::Number(number) => Ok(Value::Number(*number)),
        Value::Text(text) => match Number::parse(text) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(Refusal::Argument(0, format!("`{text}` isn't a number."))),
        },
        _ => refuse(call, "a number"),
    }
}

pub(super) fn tobool(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    match &call.args[0] {
        Value::Null => Ok(Value::Null),
        Value::Bool(value) => Ok(Value::Bool(*value)),
        Value::Text(text) if text.as_ref() == "true" => Ok(Value::Bool(true)),
        Value::Text(text) if text.as_ref() == "false" => Ok(Value::Bool(false)),
        _ => refuse(call, "a bool"),
    }
}

pub(super) fn tolist(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    call.list(0).map(|items| Value::list(items.to_vec()))
}

/// Sets are lists without repetition, sorted when all elements are strings or numbers.
pub(super) fn toset(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(set(call.list(0)?))
}

/// A list's distinct elements in order.
pub(in crate::spec) fn set(items: &[Value]) -> Value {
    let mut keyed: Vec<_> = items.iter().map(|v| (sort_key(v), v)).collect();
    keyed.sort_by(|(a, x), (b, y)| match (x, y) {
        (Value::Number(x), Value::Number(y)) => x.cmp(y),
        _ => a.cmp(b),
    });
    keyed.dedup_by(|(a, _), (b, _)| a == b);
    Value::list(keyed.into_iter().map(|(_, v)| v.clone()).collect())
}

pub(super) fn tomap(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    call.map(0).map(|entries| Value::map(entries.clone()))
}
