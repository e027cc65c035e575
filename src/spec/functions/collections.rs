use std::collections::{BTreeMap, BTreeSet};

use super::{Call, Refusal};
use crate::spec::number::Number;
use crate::spec::value::Value;

pub(super) fn concat(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let mut all = Vec::new();
    for i in 0..call.args.len() {
        all.extend_from_slice(call.list(i)?);
    }
    Ok(Value::list(all))
}

pub(super) fn contains(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let list = call.list(0)?;
    // Comparing goes through both values at most once.
    call.afford(call.args[0].weight())?;
    Ok(Value::Bool(list.contains(&call.args[1])))
}

pub(super) fn distinct(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for item in call.list(0)? {
        if seen.insert(sort_key(item)) {
            all.push(item.clone());
        }
    }
    Ok(Value::list(all))
}

/// A text that is equal exactly for equal values: values themselves have no order.
pub(super) fn sort_key(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("s{text}"),
        Value::Reference(reference) => format!("r{}", reference.written()),
        other => format!("v{}", super::encoding::to_json_text(other)),
    }
}

pub(super) fn element(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let list = call.list(0)?;
    if list.is_empty() {
        return Err(Refusal::Argument(0, "the list is empty.".into()));
    }
    // Positions wrap around, as in Terraform.
    match call.number(1)?.as_index() {
        Some(index) => Ok(list[index % list.len()].clone()),
        None => Err(Refusal::Argument(
            1,
            "a whole number of at least 0 is needed.".into(),
        )),
    }
}

pub(super) fn flatten(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let mut flat = Vec::new();
    let mut open: Vec<std::slice::Iter<'_, Value>> = vec![call.list(0)?.iter()];
    while let Some(items) = open.last_mut() {
        match items.next() {
            None => drop(open.pop()),
            Some(Value::List(list)) => open.push(list.items.iter()),
            Some(item) => flat.push(item.clone()),
        }
    }
    Ok(Value::list(flat))
}

pub(super) fn keys(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let keys = call.map(0)?.keys().map(|k| Value::text(k.as_str()));
    Ok(Value::list(keys.collect()))
}

pub(super) fn values(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::list(call.map(0)?.values().cloned().collect()))
}

pub(super) fn length(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let length = match &call.args[0] {
        Value::List(list) => list.items.len(),
        Value::Map(map) => map.items.len(),
        Value::Text(text) => text.chars().count(),
        _ => return call.refuse(0, "a list, an object or a string"),
    };
    Ok(Value::Number(Number::count(length)))
}

pub(super) fn lookup(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let key = call.text(1)?;
    match (call.map(0)?.get(key.as_ref()), call.args.get(2)) {
        (Some(value), _) | (None, Some(value)) => Ok(value.clone()),
        (None, None) => Err(Refusal::NoResult(format!(
            "the object has no `{key}`, and there is no default."
        ))),
    }
}

pub(super) fn merge(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let mut all = BTreeMap::new();
    for i in 0..call.args.len() {
        let entries = call.map(i)?.iter();
        all.extend(entries.map(|(k, v)| (k.clone(), v.clone())));
    }
    Ok(Value::map(all))
}

pub(super) fn reverse(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    Ok(Value::list(call.list(0)?.iter().rev().cloned().collect()))
}

pub(super) fn slice(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let list = call.list(0)?;
    let range = call.number(1)?.as_index().zip(call.number(2)?.as_index());
    match range.and_then(|(from, to)| list.get(from..to)) {
        Some(part) => Ok(Value::list(part.to_vec())),
        None => Err(Refusal::NoResult(format!(
            "start and end must be whole numbers from 0 to {}, start first.",
            list.len()
        ))),
    }
}

pub(super) fn sort(call: &Call<'_, '_>) -> Result<Value, Refusal> {
    let mut texts = Vec::new();
    for item in call.list(0)? {
        match item {
            Value::Text(text) => texts.push(text.clone()),
            other => {
                let detail = format!(
                    "a list of strings is needed, and {} is in it.",
                    other.kind()
                );
                return Err(Refusal::Argument(0, detail));
            }
        }
    }
    texts.sort();
    Ok(Value::list(texts.into_iter().map(Value::Text).collect()))
}
