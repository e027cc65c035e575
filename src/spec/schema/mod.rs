//! Which blocks and arguments there are: one table from which the reader, the error messages and
//! the JSON Schema are made.

mod affinity;
mod capacity;
mod json;
mod limits;
mod nodes;
mod policies;
mod project;
mod stage;

pub use json::spec_schema;

/// A type of block.
#[derive(Debug)]
pub(crate) struct BlockSchema {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) label: Label,
    pub(crate) arguments: &'static [Argument],
    pub(crate) blocks: &'static [Nested],
    /// What every other argument must be, where the user chooses their names.
    pub(crate) others: Option<&'static Kind>,
}

/// What stands between a block's type and its `{`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    None,
    /// A name that the user chooses.
    Name,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A block inside of another.
#[derive(Debug)]
pub(crate) struct Nested {
    pub(crate) schema: &'static BlockSchema,
    pub(crate) times: Times,
}

/// How often a block may stand. Blocks with names may stand once for each name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    AtMostOnce,
    Any,
    /// Any number, of one label too.
    Repeated,
}

/// An argument of a block or of an object.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) doc: &'static str,
}

/// What an argument's value must be.
#[derive(Debug)]
pub(crate) enum Kind {
    /// An expression that its block's own code evaluates.
    Expression,
    /// Any value.
    Value,
    Text,
    Bool,
    /// A whole number from … to ….
    Count(u64, u64),
    /// A number above 0 with at most six decimals.
    Positive,
    /// From 0 to 1.
    Share,
    /// From 0 to below 1.
    Discount,
    /// Above 0 and below 1.
    Probability,
    /// USD per something.
    Rate,
    /// USD.
    Money,
    Bytes,
    /// A size above 0.
    PositiveBytes,
    Duration,
    /// A duration above 0.
    PositiveDuration,
    Parameters,
    Choice(&'static [&'static str]),
    Location,
    LocationPattern,
    /// `"8.0"`.
    Capability,
    /// A five-field cron expression.
    Schedule,
    /// A duration or `"auto"`.
    Interval,
    Reference(Target),
    ListOf(&'static Self),
    MapOf(&'static Self),
    Record(&'static [Argument]),
    /// The first for scalars, the second for lists and objects.
    Either(&'static Self, &'static Self),
}

/// What a reference must name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// `dataset.x` or `stage.x.output.y`.
    Data,
    /// `model.x`.
    Model,
    /// `stage.x`.
    Stage,
}

impl Target {
    /// How such a reference is written.
    pub(crate) const fn form(self) -> &'static str {
        match self {
            Self::Data => "`dataset.NAME` or `stage.NAME.output.NAME`",
            Self::Model => "`model.NAME`",
            Self::Stage => "`stage.NAME`",
        }
    }
}

impl BlockSchema {
    /// The schema of a block inside of this one.
    pub(crate) fn block(&self, name: &str) -> Option<&'static Self> {
        self.blocks
            .iter()
            .map(|n| n.schema)
            .find(|s| s.name == name)
    }

    pub(crate) fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|a| a.name == name)
    }
}

/// A required argument.
const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Argument {
    Argument {
        name,
        kind,
        required: true,
        doc,
    }
}

/// An argument that may be left out.
const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Argument {
    Argument {
        name,
        kind,
        required: false,
        doc,
    }
}

const fn once(schema: &'static BlockSchema) -> Nested {
    Nested {
        schema,
        times: Times::Once,
    }
}

const fn at_most_once(schema: &'static BlockSchema) -> Nested {
    Nested {
        schema,
        times: Times::AtMostOnce,
    }
}

const fn any_number(schema: &'static BlockSchema) -> Nested {
    Nested {
        schema,
        times: Times::Any,
    }
}

const fn repeated(schema: &'static BlockSchema) -> Nested {
    Nested {
        schema,
        times: Times::Repeated,
    }
}

/// Nothing inside: the starting point of every table entry.
const EMPTY: BlockSchema = BlockSchema {
    name: "",
    doc: "",
    label: Label::None,
    arguments: &[],
    blocks: &[],
    others: None,
};

/// A whole spec.
pub(crate) static SPEC: BlockSchema = BlockSchema {
    name: "spec",
    doc: "A spec: all `*.mlinfra.hcl` files of a folder.",
    blocks: &[
        at_most_once(&project::MLINFRA),
        once(&project::PROJECT),
        any_number(&project::VARIABLE),
        any_number(&project::LOCALS),
        any_number(&capacity::PROVIDER),
        any_number(&capacity::CLUSTER),
        any_number(&project::DATASET),
        any_number(&project::MODEL),
        any_number(&stage::STAGE),
        any_number(&affinity::AFFINITY),
        any_number(&affinity::ANTI_AFFINITY),
        any_number(&limits::BUDGET),
        any_number(&limits::QUOTA),
        any_number(&limits::COMMITMENT),
        any_number(&policies::POLICY),
        repeated(&policies::WAIVER),
        any_number(&project::OUTPUT),
    ],
    ..EMPTY
};

/// All policy files of an organisation.
pub(crate) static ORGANISATION: BlockSchema = BlockSchema {
    name: "policy file",
    doc: "What an organisation holds all specs to: `*.policy.hcl` files.",
    blocks: &[
        repeated(&policies::SHARED_POLICY),
        any_number(&policies::SHARED_BUDGET),
        any_number(&policies::SHARED_QUOTA),
    ],
    ..EMPTY
};
