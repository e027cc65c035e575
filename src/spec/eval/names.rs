use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::expr::Expression;

use super::{Evaluated, Frame};
use crate::diagnostics::Origin;
use crate::model::StageKind;
use crate::spec::types::VariableType;

/// A value that has a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) kind: NameKind,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NameKind {
    Variable,
    Local,
    /// An argument of a dataset or a model; the name is `events.size`.
    Dataset,
    Model,
}

impl NameKind {
    /// The word that references begin with.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Variable => "var",
            Self::Local => "local",
            Self::Dataset => "dataset",
            Self::Model => "model",
        }
    }
}

impl Name {
    pub(crate) fn new(kind: NameKind, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind, name }
    }

    /// As it is written in a spec.
    pub(crate) fn written(&self) -> String {
        format!("{}.{}", self.kind.word(), self.name)
    }
}

/// How a name gets its value.
pub(crate) struct Definition<'a> {
    pub(crate) body: DefinitionBody<'a>,
    pub(crate) origin: Origin,
}

pub(crate) enum DefinitionBody<'a> {
    Expression(Frame<'a>, &'a Expression),
    /// A variable's default, made into its type.
    Default {
        frame: Frame<'a>,
        expression: &'a Expression,
        declared: &'a VariableType,
        sensitive: bool,
    },
    /// Given from outside.
    Value(Evaluated),
    /// It has none, and that is reported.
    Failed,
}

/// Everything that expressions can refer to.
#[derive(Default)]
pub(crate) struct Names<'a> {
    pub(crate) definitions: BTreeMap<Name, Definition<'a>>,
    pub(crate) datasets: BTreeSet<String>,
    pub(crate) models: BTreeSet<String>,
    pub(crate) stages: BTreeMap<String, StageNames>,
    /// Blocks that didn't parse, by type and name: what refers to them isn't reported.
    pub(crate) broken: BTreeSet<(String, String)>,
    /// A part of the spec couldn't be read at all, so nothing is known to be missing.
    pub(crate) incomplete: bool,
}

/// What can be said of a stage before it is read.
#[derive(Default)]
pub(crate) struct StageNames {
    pub(crate) outputs: BTreeSet<String>,
    pub(crate) kind: Option<StageKind>,
}

impl Names<'_> {
    pub(crate) fn origin(&self, name: &Name) -> Option<Origin> {
        self.definitions.get(name).map(|d| d.origin)
    }

    /// The names of one kind.
    pub(crate) fn of_kind(&self, kind: NameKind) -> impl Iterator<Item = &str> + Clone {
        self.definitions
            .keys()
            .filter(move |n| n.kind == kind)
            .map(|n| n.name.as_str())
    }

    /// Whether the block of that type and name is there but couldn't be read.
    pub(crate) fn is_broken(&self, kind: &str, name: &str) -> bool {
        self.incomplete || self.broken.contains(&(kind.to_owned(), name.to_owned()))
    }
}
