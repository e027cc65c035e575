//! The kinds of objects, their arguments, and what is asked of an argument before EC2 is.

use std::collections::BTreeMap;

use mlinfra_provider_api::{
    Attributes, Desired, KindManifest, Manifest, ObjectKind, ProviderError, ProviderErrorKind,
};
use serde_json::Value;

use crate::rules;
use crate::tags::{self, Tags};

/// More nodes than any gang of today has; a larger number is a slip.
const MOST_NODES: u64 = 10_000;

/// What an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    /// A text that may be empty.
    AnyText,
    /// A whole number from 1.
    Count,
    /// A whole number from 0.
    Number,
    Flag,
    /// Texts by name.
    Labels,
    /// Texts.
    Texts,
    Rules,
    /// One of these texts.
    OneOf(&'static [&'static str]),
}

#[derive(Debug, Clone, Copy)]
struct Argument {
    name: &'static str,
    shape: Shape,
    required: bool,
    updatable: bool,
}

const fn required(name: &'static str, shape: Shape) -> Argument {
    Argument {
        name,
        shape,
        required: true,
        updatable: false,
    }
}

const fn optional(name: &'static str, shape: Shape) -> Argument {
    Argument {
        required: false,
        ..required(name, shape)
    }
}

const fn updatable(argument: Argument) -> Argument {
    Argument {
        updatable: true,
        ..argument
    }
}

const LABELS: Argument = updatable(optional("labels", Shape::Labels));

/// One of the kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    SecurityGroup,
    PlacementGroup,
    LaunchTemplate,
    Volume,
    Nodes,
}

impl Kind {
    /// All, in the order in which those of a pool are made.
    pub(crate) const ALL: [Self; 5] = [
        Self::SecurityGroup,
        Self::PlacementGroup,
        Self::LaunchTemplate,
        Self::Volume,
        Self::Nodes,
    ];

    /// # Errors
    ///
    /// `Unsupported` for a kind that there isn't.
    pub(crate) fn of(kind: &ObjectKind) -> Result<Self, ProviderError> {
        let known = Self::ALL
            .into_iter()
            .find(|known| known.name() == kind.as_str());
        known.ok_or_else(|| {
            let message = format!("the backend for AWS makes no `{kind}`");
            ProviderError::new(ProviderErrorKind::Unsupported, message)
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::SecurityGroup => "security-group",
            Self::PlacementGroup => "placement-group",
            Self::LaunchTemplate => "launch-template",
            Self::Volume => "volume",
            Self::Nodes => "nodes",
        }
    }

    const fn arguments(self) -> &'static [Argument] {
        match self {
            Self::SecurityGroup => {
                const {
                    &[
                        optional("vpc", Shape::Text),
                        updatable(optional("rules", Shape::Rules)),
                        LABELS,
                    ]
                }
            }
            Self::PlacementGroup => {
                const {
                    &[
                        optional("strategy", Shape::OneOf(&["cluster", "spread"])),
                        LABELS,
                    ]
                }
            }
            Self::LaunchTemplate => {
                const {
                    &[
                        updatable(required("image", Shape::Text)),
                        updatable(optional("user_data", Shape::AnyText)),
                        updatable(optional("security_groups", Shape::Texts)),
                        updatable(required("disk_gib", Shape::Count)),
                        updatable(optional("instance_profile", Shape::AnyText)),
                        updatable(optional("key_name", Shape::AnyText)),
                        updatable(optional("max_lifetime_minutes", Shape::Number)),
                        LABELS,
                    ]
                }
            }
            Self::Volume => {
                const {
                    &[
                        required("zone", Shape::Text),
                        updatable(required("size_gib", Shape::Count)),
                        optional("type", Shape::Text),
                        optional("encrypted", Shape::Flag),
                        LABELS,
                    ]
                }
            }
            Self::Nodes => {
                const {
                    &[
                        optional("zone", Shape::Text),
                        optional("subnet", Shape::Text),
                        required("instance_type", Shape::Text),
                        required("capacity_type", Shape::OneOf(&["on-demand", "spot"])),
                        required("count", Shape::Count),
                        required("launch_template", Shape::Text),
                        required("launch_template_version", Shape::Count),
                        optional("placement_group", Shape::Text),
                        LABELS,
                    ]
                }
            }
        }
    }

    const fn computed(self) -> &'static [&'static str] {
        match self {
            Self::SecurityGroup | Self::PlacementGroup | Self::Volume => &[],
            Self::LaunchTemplate => &["version", "image_id"],
            Self::Nodes => &["addresses", "gpu", "gpu_memory_mib", "gpus", "node_ids"],
        }
    }

    const fn is_billed(self) -> bool {
        matches!(self, Self::Volume | Self::Nodes)
    }
}

/// What the backend can do.
pub(crate) fn manifest() -> Manifest {
    let entry = |kind: Kind| {
        let updatable = kind
            .arguments()
            .iter()
            .filter(|argument| argument.updatable);
        let entry = KindManifest {
            updatable: updatable.map(|argument| argument.name).collect(),
            computed: kind.computed().iter().copied().collect(),
            billed: kind.is_billed(),
        };
        // The names above are all good ones, as a test shows.
        Some((ObjectKind::new(kind.name()).ok()?, entry))
    };
    Manifest {
        provider: "aws",
        kinds: Kind::ALL
            .into_iter()
            .filter_map(entry)
            .collect::<BTreeMap<_, _>>(),
    }
}

/// Whether an object of that kind can have such attributes, as far as can be told without EC2.
///
/// # Errors
///
/// `Unsupported` for a kind that there isn't, `Invalid` for a missing, unknown or wrong attribute.
pub(crate) fn check(want: &Desired) -> Result<Kind, ProviderError> {
    let kind = Kind::of(&want.kind)?;
    if want.name.is_empty() || want.name.chars().count() > 128 {
        return Err(invalid("name", "a name must have 1 to 128 characters"));
    }
    let known = |name: &str| {
        kind.arguments()
            .iter()
            .any(|argument| argument.name == name)
    };
    if let Some(name) = want.attributes.keys().find(|name| !known(name)) {
        let message = format!("`{}` has no argument `{name}`", kind.name());
        return Err(invalid(name, message));
    }
    for argument in kind.arguments() {
        match want.attributes.get(argument.name) {
            None if argument.required => {
                let message = format!("`{}` needs `{}`", kind.name(), argument.name);
                return Err(invalid(argument.name, message));
            }
            Some(value) if !fits(argument, value) => {
                let message = format!("`{}` can't be {value}", argument.name);
                return Err(invalid(argument.name, message));
            }
            _ => {}
        }
    }
    rules::wanted(&want.attributes)?;
    tags::check(&labels(&want.attributes))?;
    Ok(kind)
}

fn fits(argument: &Argument, value: &Value) -> bool {
    let texts = |values: &Vec<Value>| values.iter().all(Value::is_string);
    match argument.shape {
        Shape::Text => value.as_str().is_some_and(|text| !text.is_empty()),
        Shape::AnyText => value.is_string(),
        // EC2's numbers have 32 bits.
        Shape::Number => value.as_u64().is_some_and(|n| i32::try_from(n).is_ok()),
        Shape::Count if argument.name == "count" => value
            .as_u64()
            .is_some_and(|n| (1..=MOST_NODES).contains(&n)),
        Shape::Count => value
            .as_i64()
            .is_some_and(|n| n > 0 && i32::try_from(n).is_ok()),
        Shape::Flag => value.is_boolean(),
        Shape::Labels => {
            let labels = value.as_object();
            labels.is_some_and(|labels| labels.values().all(Value::is_string))
        }
        Shape::Texts => value.as_array().is_some_and(texts),
        Shape::Rules => value.is_array(),
        Shape::OneOf(choice) => value.as_str().is_some_and(|text| choice.contains(&text)),
    }
}

/// That an attribute isn't taken as it is.
pub(crate) fn invalid(attribute: &str, message: impl Into<String>) -> ProviderError {
    let attribute = attribute.to_owned();
    ProviderError::new(ProviderErrorKind::Invalid { attribute }, message)
}

/// That something else is in the way.
pub(crate) fn conflict(message: impl Into<String>) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Conflict, message)
}

/// A text; `None` if there is none or it is empty.
pub(crate) fn text<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    let text = attributes.get(name).and_then(Value::as_str);
    text.filter(|text| !text.is_empty())
}

/// A number as EC2 takes it; 0 where there is none.
pub(crate) fn number(attributes: &Attributes, name: &str) -> i32 {
    let number = attributes.get(name).and_then(Value::as_i64);
    number.and_then(|n| i32::try_from(n).ok()).unwrap_or(0)
}

/// The texts of a list.
pub(crate) fn texts(attributes: &Attributes, name: &str) -> Vec<String> {
    let values = attributes.get(name).and_then(Value::as_array);
    let texts = values.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

/// The labels.
pub(crate) fn labels(attributes: &Attributes) -> Tags {
    let labels = attributes.get("labels").and_then(Value::as_object);
    let labels = labels.into_iter().flatten();
    let labels = labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    labels.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_the_manifest() {
        let names: Vec<String> = manifest().kinds.keys().map(ToString::to_string).collect();
        let all = [
            "launch-template",
            "nodes",
            "placement-group",
            "security-group",
            "volume",
        ];
        assert_eq!(names, all);
    }

    #[test]
    fn what_is_computed_cannot_be_asked_for() {
        for kind in Kind::ALL {
            let computed = kind.computed();
            let asked = kind.arguments().iter().find(|a| computed.contains(&a.name));
            assert!(asked.is_none(), "{kind:?}: {asked:?}");
        }
    }
}
