use std::collections::BTreeMap;
use std::fmt;

use hcl_edit::expr::{Expression, ObjectKey};

use super::functions::set;
use super::number::Number;
use super::value::Value;

/// The declared type of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VariableType {
    Any,
    Text,
    Number,
    Bool,
    List(Box<Self>),
    Set(Box<Self>),
    Map(Box<Self>),
    Object(BTreeMap<String, (Self, Presence)>),
}

/// Whether an object's attribute must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
}

impl VariableType {
    /// Reads `string`, `list(number)`, `object({ a = string, b = optional(bool) })`.
    pub(crate) fn parse(expression: &Expression) -> Option<Self> {
        match expression {
            Expression::Variable(word) => match word.as_str() {
                "any" => Some(Self::Any),
                "string" => Some(Self::Text),
                "number" => Some(Self::Number),
                "bool" => Some(Self::Bool),
                _ => None,
            },
            Expression::FuncCall(call) if !call.name.is_namespaced() && call.args.len() == 1 => {
                let inner = call.args.get(0)?;
                let boxed = || Self::parse(inner).map(Box::new);
                match call.name.name.as_str() {
                    "list" => boxed().map(Self::List),
                    "set" => boxed().map(Self::Set),
                    "map" => boxed().map(Self::Map),
                    "object" => Self::object(inner),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn object(expression: &Expression) -> Option<Self> {
        let Expression::Object(object) = expression else {
            return None;
        };
        let mut attributes = BTreeMap::new();
        for (key, value) in object {
            let ObjectKey::Ident(name) = key else {
                return None;
            };
            let attribute = match value.expr() {
                Expression::FuncCall(call)
                    if call.name.name.as_str() == "optional" && call.args.len() == 1 =>
                {
                    (Self::parse(call.args.get(0)?)?, Presence::Optional)
                }
                other => (Self::parse(other)?, Presence::Required),
            };
            attributes.insert(name.as_str().to_owned(), attribute);
        }
        Some(Self::Object(attributes))
    }

    /// The value as this type; numbers, bools and strings are made of each other where that is
    /// exact, as everywhere in HCL.
    ///
    /// # Errors
    ///
    /// What doesn't suit, as half a sentence without the value itself.
    pub(crate) fn fit(&self, value: &Value) -> Result<Value, String> {
        let misfit = || format!("{} is needed, and this is {}", self, value.kind());
        if matches!(self, Self::Any) || matches!(value, Value::Null) {
            return Ok(value.clone());
        }
        match self {
            Self::Any => Ok(value.clone()),
            Self::Text => value.to_text().map(Value::Text).ok_or_else(misfit),
            Self::Number => match value {
                Value::Number(_) => Ok(value.clone()),
                Value::Text(text) => Number::parse(text).map(Value::Number).ok_or_else(misfit),
                _ => Err(misfit()),
            },
            Self::Bool => match value {
                Value::Bool(_) => Ok(value.clone()),
                Value::Text(text) => text.parse().map(Value::Bool).map_err(|_| misfit()),
                _ => Err(misfit()),
            },
            Self::List(inner) | Self::Set(inner) => {
                let items = value.as_list().ok_or_else(misfit)?;
                let items: Vec<_> = items
                    .iter()
                    .map(|v| inner.fit(v))
                    .collect::<Result<_, _>>()?;
                Ok(match self {
                    Self::Set(_) => set(&items),
                    _ => Value::list(items),
                })
            }
            Self::Map(inner) => {
                let entries = value.as_map().ok_or_else(misfit)?.iter();
                let fitted = entries.map(|(k, v)| Ok((k.clone(), inner.fit(v)?)));
                Ok(Value::map(fitted.collect::<Result<_, String>>()?))
            }
            Self::Object(attributes) => fit_object(attributes, value.as_map().ok_or_else(misfit)?),
        }
    }
}

fn fit_object(
    attributes: &BTreeMap<String, (VariableType, Presence)>,
    given: &BTreeMap<String, Value>,
) -> Result<Value, String> {
    if let Some(extra) = given.keys().find(|k| !attributes.contains_key(*k)) {
        return Err(format!("the type has no attribute `{extra}`"));
    }
    let mut fitted = BTreeMap::new();
    for (name, (wanted, presence)) in attributes {
        let value = match (given.get(name), presence) {
            (Some(value), _) => wanted.fit(value).map_err(|m| format!("in `{name}`, {m}"))?,
            (None, Presence::Optional) => Value::Null,
            (None, Presence::Required) => return Err(format!("attribute `{name}` is missing")),
        };
        fitted.insert(name.clone(), value);
    }
    Ok(Value::map(fitted))
}

impl fmt::Display for VariableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any value",
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Bool => "a bool",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
        })
    }
}
