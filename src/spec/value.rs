use std::collections::BTreeMap;
use std::rc::Rc;

use super::number::Number;

/// What an expression evaluates to.
///
/// Lists and maps are shared and know their weight, so that a reference to a large local is cheap
/// while the budget still counts what it would be written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(Rc<str>),
    List(Rc<Weighted<Vec<Self>>>),
    Map(Rc<Weighted<BTreeMap<String, Self>>>),
    Reference(Rc<Reference>),
}

/// A collection and what it weighs when written out: a byte per character, [`ITEM`] per value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Weighted<T> {
    pub(crate) items: T,
    weight: u64,
    /// Levels of collections, this one included.
    depth: u32,
}

/// Weight of a value beside its text.
pub(crate) const ITEM: u64 = 16;

/// A thing of the spec, named in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reference {
    Dataset(String),
    Model(String),
    Stage(String),
    StageOutput {
        stage: String,
        output: String,
    },
    /// An attribute of a stage that is known after apply.
    StageAttribute {
        stage: String,
        attribute: String,
    },
}

impl Reference {
    /// As it is written in a spec.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Dataset(name) => format!("dataset.{name}"),
            Self::Model(name) => format!("model.{name}"),
            Self::Stage(name) => format!("stage.{name}"),
            Self::StageOutput { stage, output } => format!("stage.{stage}.output.{output}"),
            Self::StageAttribute { stage, attribute } => format!("stage.{stage}.{attribute}"),
        }
    }
}

impl Value {
    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        let weight = items
            .iter()
            .fold(ITEM, |sum, v| sum.saturating_add(v.weight()));
        let depth = 1 + items.iter().map(Self::depth).max().unwrap_or(0);
        Self::List(Rc::new(Weighted {
            items,
            weight,
            depth,
        }))
    }

    pub(crate) fn map(items: BTreeMap<String, Self>) -> Self {
        let weight = items.iter().fold(ITEM, |sum, (k, v)| {
            sum.saturating_add(v.weight())
                .saturating_add(k.len() as u64)
        });
        let depth = 1 + items.values().map(Self::depth).max().unwrap_or(0);
        Self::Map(Rc::new(Weighted {
            items,
            weight,
            depth,
        }))
    }

    /// Levels of collections: 0 for scalars.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Self::List(list) => list.depth,
            Self::Map(map) => map.depth,
            _ => 0,
        }
    }

    pub(crate) fn weight(&self) -> u64 {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Reference(_) => ITEM,
            Self::Text(text) => ITEM + text.len() as u64,
            Self::List(list) => list.weight,
            Self::Map(map) => map.weight,
        }
    }

    /// Its type with an article, as readers call it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "an object",
            Self::Reference(_) => "a reference",
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(&list.items),
            _ => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(map) => Some(&map.items),
            _ => None,
        }
    }

    /// Strings, numbers and bools as text, as templates and `tostring` write them.
    pub(crate) fn to_text(&self) -> Option<Rc<str>> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string().into()),
            Self::Bool(value) => Some(value.to_string().into()),
            _ => None,
        }
    }

    /// As JSON; `None` when a reference is inside.
    pub(crate) fn to_json(&self) -> Option<serde_json::Value> {
        Some(match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => serde_json::from_str(&number.to_string()).ok()?,
            Self::Text(text) => serde_json::Value::String(text.as_ref().to_owned()),
            Self::List(list) => {
                let items: Option<Vec<_>> = list.items.iter().map(Self::to_json).collect();
                items?.into()
            }
            Self::Map(map) => {
                let entries = map
                    .items
                    .iter()
                    .map(|(k, v)| Some((k.clone(), v.to_json()?)));
                serde_json::Value::Object(entries.collect::<Option<_>>()?)
            }
            Self::Reference(_) => return None,
        })
    }

    /// From JSON; `None` when a number is too large or too fine to be kept exactly.
    pub(crate) fn from_json(json: &serde_json::Value) -> Option<Self> {
        Some(match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Number(Number::parse(&number.to_string())?),
            serde_json::Value::String(text) => Self::text(text.as_str()),
            serde_json::Value::Array(items) => {
                Self::list(items.iter().map(Self::from_json).collect::<Option<_>>()?)
            }
            serde_json::Value::Object(entries) => Self::map(
                entries
                    .iter()
                    .map(|(k, v)| Some((k.clone(), Self::from_json(v)?)))
                    .collect::<Option<_>>()?,
            ),
        })
    }

    /// The first reference inside, if there is one.
    pub(crate) fn find_reference(&self) -> Option<&Reference> {
        match self {
            Self::Reference(reference) => Some(reference),
            Self::List(list) => list.items.iter().find_map(Self::find_reference),
            Self::Map(map) => map.items.values().find_map(Self::find_reference),
            _ => None,
        }
    }
}
