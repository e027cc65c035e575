//! Values that are known only once another object is there: `{"$ref": "pool.train.launch-template"}`.
//!
//! The plan names the other object by its address, and the engine puts in what that turned out to be
//! just before the call: its identifier, or one of its attributes.

use mlinfra_provider_api::{Attributes, ObjectId};
use serde_json::{Value, json};

/// The key that tells a reference from any other value.
const MARK: &str = "$ref";

/// What an object turned out to be.
#[derive(Debug, Clone, Copy)]
pub struct Referent<'o> {
    /// Its identifier.
    pub id: &'o ObjectId,
    /// Its attributes as read.
    pub attributes: &'o Attributes,
}

/// A reference that can't be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The object isn't there yet.
    #[error("there is no `{0}` yet")]
    Absent(String),
    /// The object has no such attribute.
    #[error("`{address}` has no `{attribute}`")]
    Attribute {
        /// The object's address.
        address: String,
        /// What it lacks.
        attribute: String,
    },
}

/// The identifier of the object at an address.
#[must_use]
pub fn id_of(address: &str) -> Value {
    json!({ MARK: address })
}

/// An attribute of the object at an address.
#[must_use]
pub fn attribute_of(address: &str, attribute: &str) -> Value {
    json!({ MARK: address, "attribute": attribute })
}

/// Whether a value refers to another object, or holds one that does.
#[must_use]
pub fn is_one(value: &Value) -> bool {
    let mut found = Vec::new();
    collect(value, &mut found);
    !found.is_empty()
}

/// The addresses that attributes refer to, in order, each once.
#[must_use]
pub fn addresses(attributes: &Attributes) -> Vec<String> {
    let mut found = Vec::new();
    for value in attributes.values() {
        collect(value, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(map) => match map.get(MARK) {
            Some(address) => found.extend(address.as_str().map(str::to_owned)),
            None => map.values().for_each(|value| collect(value, found)),
        },
        _ => {}
    }
}

/// The attributes with what references stand for.
///
/// # Errors
///
/// [`ReferenceError`] for the first that can't be followed.
pub fn resolve<'o>(
    attributes: &Attributes,
    look: &dyn Fn(&str) -> Option<Referent<'o>>,
) -> Result<Attributes, ReferenceError> {
    let resolved = attributes
        .iter()
        .map(|(name, value)| Ok((name.clone(), value_of(value, look)?)));
    resolved.collect()
}

/// A value with what references in it stand for.
///
/// # Errors
///
/// [`ReferenceError`] for the first that can't be followed.
pub fn value_of<'o>(
    value: &Value,
    look: &dyn Fn(&str) -> Option<Referent<'o>>,
) -> Result<Value, ReferenceError> {
    match value {
        Value::Array(values) => {
            let values = values.iter().map(|value| value_of(value, look));
            Ok(Value::Array(values.collect::<Result<_, _>>()?))
        }
        Value::Object(map) => match map.get(MARK).and_then(Value::as_str) {
            Some(address) => {
                let found = look(address).ok_or_else(|| ReferenceError::Absent(address.into()))?;
                follow(address, map.get("attribute").and_then(Value::as_str), found)
            }
            None => {
                let each =
                    |(name, value): (&String, &Value)| Ok((name.clone(), value_of(value, look)?));
                Ok(Value::Object(
                    map.iter().map(each).collect::<Result<_, _>>()?,
                ))
            }
        },
        other => Ok(other.clone()),
    }
}

fn follow(
    address: &str,
    attribute: Option<&str>,
    found: Referent<'_>,
) -> Result<Value, ReferenceError> {
    let Some(attribute) = attribute else {
        return Ok(found.id.id.clone().into());
    };
    let value = found.attributes.get(attribute).cloned();
    value.ok_or_else(|| ReferenceError::Attribute {
        address: address.into(),
        attribute: attribute.into(),
    })
}

#[cfg(test)]
mod tests {
    use mlinfra_provider_api::ObjectKind;

    use super::*;

    #[test]
    fn references_are_followed_wherever_they_stand() {
        let id = ObjectId {
            kind: ObjectKind::new("launch-template").unwrap(),
            scope: "r".into(),
            id: "lt-1".into(),
        };
        let has = Attributes::from([("version".into(), 3.into())]);
        let look = |address: &str| {
            let referent = Referent {
                id: &id,
                attributes: &has,
            };
            (address == "pool.a.lt").then_some(referent)
        };
        let wants = Attributes::from([
            ("plain".into(), json!({"a": [1]})),
            ("groups".into(), json!(["sg-1", id_of("pool.a.lt")])),
            ("version".into(), attribute_of("pool.a.lt", "version")),
        ]);
        assert_eq!(addresses(&wants), ["pool.a.lt"]);
        let resolved = resolve(&wants, &look).unwrap();
        assert_eq!(resolved["groups"], json!(["sg-1", "lt-1"]));
        assert_eq!(resolved["version"], json!(3));
        assert_eq!(resolved["plain"], json!({"a": [1]}));
        let absent = Attributes::from([("x".into(), id_of("pool.b.lt"))]);
        assert_eq!(
            resolve(&absent, &look),
            Err(ReferenceError::Absent("pool.b.lt".into()))
        );
        let lacks = Attributes::from([("x".into(), attribute_of("pool.a.lt", "image"))]);
        assert!(resolve(&lacks, &look).is_err());
    }
}
