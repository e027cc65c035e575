//! The kinds of objects, their arguments, and what is asked of an argument.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{
    Attributes, Desired, KindManifest, Manifest, ObjectKind, ProviderError, ProviderErrorKind,
};
use serde_json::Value;

/// The kind whose objects are gangs of machines.
pub(crate) const NODES: &str = "nodes";

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
    /// A list of anything.
    List,
    /// The identifier of an object of that kind in the same region.
    Object(&'static str),
    /// Such identifiers.
    Objects(&'static str),
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

const fn updatable(name: &'static str, shape: Shape) -> Argument {
    Argument {
        updatable: true,
        ..optional(name, shape)
    }
}

struct Kind {
    name: &'static str,
    billed: bool,
    arguments: &'static [Argument],
    computed: &'static [&'static str],
}

/// All kinds, in the order in which those of a pool are made.
const KINDS: &[Kind] = &[
    Kind {
        name: "network",
        billed: false,
        arguments: &[
            optional("cidr", Shape::Text),
            updatable("labels", Shape::Labels),
        ],
        computed: &["created_at_ms"],
    },
    Kind {
        name: "security-group",
        billed: false,
        arguments: &[
            optional("network", Shape::Object("network")),
            updatable("rules", Shape::List),
            updatable("labels", Shape::Labels),
        ],
        computed: &["created_at_ms"],
    },
    Kind {
        name: "placement-group",
        billed: false,
        arguments: &[
            optional("zone", Shape::Text),
            optional("strategy", Shape::OneOf(&["cluster", "spread"])),
            updatable("labels", Shape::Labels),
        ],
        computed: &["created_at_ms"],
    },
    Kind {
        name: "launch-template",
        billed: false,
        arguments: &[
            updatable("image", Shape::Text),
            updatable("user_data", Shape::AnyText),
            updatable("security_groups", Shape::Objects("security-group")),
            updatable("disk_gib", Shape::Count),
            updatable("instance_profile", Shape::AnyText),
            updatable("key_name", Shape::AnyText),
            updatable("max_lifetime_minutes", Shape::Number),
            updatable("labels", Shape::Labels),
        ],
        computed: &["created_at_ms", "version"],
    },
    Kind {
        name: "volume",
        billed: true,
        arguments: &[
            required("zone", Shape::Text),
            Argument {
                updatable: true,
                ..required("size_gib", Shape::Count)
            },
            optional("type", Shape::Text),
            optional("encrypted", Shape::Flag),
            updatable("labels", Shape::Labels),
        ],
        computed: &["created_at_ms"],
    },
    Kind {
        name: NODES,
        billed: true,
        arguments: &[
            required("zone", Shape::Text),
            required("instance_type", Shape::Text),
            required(
                "capacity_type",
                Shape::OneOf(&["on-demand", "spot", "reserved"]),
            ),
            required("count", Shape::Count),
            optional("launch_template", Shape::Object("launch-template")),
            optional("launch_template_version", Shape::Count),
            optional("placement_group", Shape::Object("placement-group")),
            optional("network", Shape::Object("network")),
            optional("volumes", Shape::Objects("volume")),
            updatable("security_groups", Shape::Objects("security-group")),
            updatable("labels", Shape::Labels),
        ],
        computed: &[
            "addresses",
            "created_at_ms",
            "gpu",
            "gpu_memory_mib",
            "gpus",
            "node_ids",
        ],
    },
];

fn kind_of(kind: &ObjectKind) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.name == kind.as_str())
}

/// What the sandbox can do.
pub(crate) fn manifest() -> Manifest {
    let entry = |kind: &Kind| {
        let updatable = kind.arguments.iter().filter(|argument| argument.updatable);
        let entry = KindManifest {
            updatable: updatable.map(|argument| argument.name).collect(),
            computed: kind.computed.iter().copied().collect(),
            billed: kind.billed,
        };
        // The names above are all good ones, as a test shows.
        Some((ObjectKind::new(kind.name).ok()?, entry))
    };
    Manifest {
        provider: "sandbox",
        kinds: KINDS.iter().filter_map(entry).collect::<BTreeMap<_, _>>(),
    }
}

/// What an object refers to: the attribute, the kind and the identifier.
pub(crate) fn references<'a>(
    kind: &ObjectKind,
    attributes: &'a Attributes,
) -> Vec<(&'static str, &'static str, &'a str)> {
    let mut found = Vec::new();
    for argument in kind_of(kind).map_or(&[][..], |kind| kind.arguments) {
        let Some(value) = attributes.get(argument.name) else {
            continue;
        };
        match argument.shape {
            Shape::Object(of) => found.extend(value.as_str().map(|id| (argument.name, of, id))),
            Shape::Objects(of) => {
                let ids = value.as_array().into_iter().flatten();
                found.extend(ids.filter_map(|id| Some((argument.name, of, id.as_str()?))));
            }
            _ => {}
        }
    }
    found
}

/// Whether an object of that kind can have such attributes, whatever else there is.
///
/// # Errors
///
/// `Unsupported` for a kind that there isn't, `Invalid` for a missing, unknown or wrong attribute.
pub(crate) fn check(want: &Desired) -> Result<(), ProviderError> {
    let Some(kind) = kind_of(&want.kind) else {
        let message = format!("the sandbox makes no `{}`", want.kind);
        return Err(ProviderError::new(ProviderErrorKind::Unsupported, message));
    };
    if want.name.is_empty() {
        return Err(invalid("name", "an object needs a name"));
    }
    let known: BTreeSet<&str> = kind.arguments.iter().map(|a| a.name).collect();
    if let Some(name) = want.attributes.keys().find(|n| !known.contains(&***n)) {
        let message = format!("`{}` has no argument `{name}`", kind.name);
        return Err(invalid(name, message));
    }
    for argument in kind.arguments {
        match want.attributes.get(argument.name) {
            None if argument.required => {
                let message = format!("`{}` needs `{}`", kind.name, argument.name);
                return Err(invalid(argument.name, message));
            }
            Some(value) if !fits(argument, value) => {
                let message = format!("`{}` can't be {value}", argument.name);
                return Err(invalid(argument.name, message));
            }
            _ => {}
        }
    }
    Ok(())
}

fn fits(argument: &Argument, value: &Value) -> bool {
    let texts = |values: &Vec<Value>| values.iter().all(Value::is_string);
    match argument.shape {
        Shape::Text | Shape::Object(_) => value.as_str().is_some_and(|text| !text.is_empty()),
        Shape::AnyText => value.is_string(),
        Shape::Number => value.is_u64(),
        Shape::Count if argument.name == "count" => value
            .as_u64()
            .is_some_and(|n| (1..=MOST_NODES).contains(&n)),
        Shape::Count => value.as_u64().is_some_and(|n| n > 0),
        Shape::Flag => value.is_boolean(),
        Shape::Objects(_) => value.as_array().is_some_and(texts),
        Shape::Labels => value
            .as_object()
            .is_some_and(|labels| labels.values().all(Value::is_string)),
        Shape::List => value.is_array(),
        Shape::OneOf(choice) => value.as_str().is_some_and(|text| choice.contains(&text)),
    }
}

/// That an attribute isn't taken as it is.
pub(crate) fn invalid(attribute: &str, message: impl Into<String>) -> ProviderError {
    let attribute = attribute.to_owned();
    ProviderError::new(ProviderErrorKind::Invalid { attribute }, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_the_manifest() {
        let names: Vec<String> = manifest().kinds.keys().map(ToString::to_string).collect();
        let all = [
            "launch-template",
            "network",
            NODES,
            "placement-group",
            "security-group",
            "volume",
        ];
        assert_eq!(names, all);
    }

    #[test]
    fn what_is_computed_cannot_be_asked_for() {
        for kind in KINDS {
            let asked = kind
                .arguments
                .iter()
                .find(|a| kind.computed.contains(&a.name));
            assert!(asked.is_none(), "{}: {asked:?}", kind.name);
        }
    }
}
