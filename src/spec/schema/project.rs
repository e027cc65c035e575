use super::{
    Argument, BlockSchema, EMPTY, Kind, Label, any_number, at_most_once, optional, required,
};
use crate::model::{Dtype, StatePlace};

pub(super) static MLINFRA: BlockSchema = BlockSchema {
    name: "mlinfra",
    doc: "Settings of mlinfra itself.",
    arguments: &[optional(
        "required_version",
        Kind::Text,
        "Versions of mlinfra that this spec is made for, e.g. `\">= 0.1, < 2\"`.",
    )],
    blocks: &[at_most_once(&STATE)],
    ..EMPTY
};

static STATE: BlockSchema = BlockSchema {
    name: "state",
    doc: "Where state is kept; a local file when there is no such block.",
    label: Label::OneOf(StatePlace::KINDS),
    arguments: &[
        optional(
            "path",
            Kind::Text,
            "`local`: the folder; one that doesn't begin with `/` counts from the spec's.",
        ),
        optional("bucket", Kind::Text, "`s3` and `gcs`: the bucket."),
        optional("account", Kind::Text, "`azure-blob`: the storage account."),
        optional("container", Kind::Text, "`azure-blob`: the container."),
        optional(
            "key",
            Kind::Text,
            "`s3`, `azure-blob` and `gcs`: the folder in it, e.g. `\"mlinfra/recommender\"`.",
        ),
        optional(
            "region",
            Kind::Text,
            "`s3`: the bucket's region; what `AWS_REGION` says when not given.",
        ),
        optional(
            "endpoint",
            Kind::Text,
            "`s3`: where another store that speaks its protocol is, e.g. `\"https://minio.acme.test\"`.",
        ),
    ],
    ..EMPTY
};

pub(super) static PROJECT: BlockSchema = BlockSchema {
    name: "project",
    doc: "The project: whose it is.",
    label: Label::Name,
    arguments: &[
        optional("team", Kind::Text, "The team that pays."),
        optional("owner", Kind::Text, "Who answers for it."),
        optional(
            "deadline",
            Kind::PositiveDuration,
            "Longest time from the start of the first stage to the end of the last, along the data, \
             for one pass.",
        ),
        optional(
            "labels",
            Kind::MapOf(&Kind::Text),
            "Labels for every object.",
        ),
    ],
    ..EMPTY
};

pub(super) static VARIABLE: BlockSchema = BlockSchema {
    name: "variable",
    doc: "A value that is given from outside: `var.NAME`.",
    label: Label::Name,
    arguments: &[
        optional(
            "type",
            Kind::Expression,
            "`string`, `number`, `bool`, `list(T)`, `set(T)`, `map(T)`, `object({…})` or `any` (the default).",
        ),
        optional(
            "default",
            Kind::Expression,
            "Its value when none is given. Without one, a value must be given.",
        ),
        optional("description", Kind::Text, "For readers."),
        optional("sensitive", Kind::Bool, "Never shown."),
    ],
    blocks: &[any_number(&VALIDATION)],
    ..EMPTY
};

static VALIDATION: BlockSchema = BlockSchema {
    name: "validation",
    doc: "A condition that the variable's value must meet.",
    arguments: &[
        required(
            "condition",
            Kind::Expression,
            "Must be true; may use `var.NAME`.",
        ),
        required(
            "error_message",
            Kind::Expression,
            "What is said when it isn't.",
        ),
    ],
    ..EMPTY
};

pub(super) static LOCALS: BlockSchema = BlockSchema {
    name: "locals",
    doc: "Named values: `local.NAME`.",
    others: Some(&Kind::Expression),
    ..EMPTY
};

pub(super) static DATASET: BlockSchema = BlockSchema {
    name: "dataset",
    doc: "Data that exists before any stage runs.",
    label: Label::Name,
    arguments: &[
        optional("uri", Kind::Text, "Where it is fetched from."),
        required(
            "location",
            Kind::Location,
            "The region or site that holds it, e.g. `\"aws/us-east-1\"`.",
        ),
        optional(
            "zone",
            Kind::Text,
            "The zone whose disks hold it, e.g. `\"use1-az1\"`; in object storage when not given.",
        ),
        required("size", Kind::PositiveBytes, "Its whole size."),
    ],
    ..EMPTY
};

pub(super) static MODEL: BlockSchema = BlockSchema {
    name: "model",
    doc: "A model that stages train or serve.",
    label: Label::Name,
    arguments: &[
        optional(
            "config",
            Kind::Text,
            "The text of its `config.json` as published: `file(\"config.json\")`. Says its parameters, \
             dtype and architecture; what is given beside it wins.",
        ),
        optional(
            "parameters",
            Kind::Parameters,
            "Number of parameters, e.g. `\"7B\"`; may be left out with `config`.",
        ),
        optional(
            "dtype",
            Kind::Choice(Dtype::WORDS),
            "Type of its weights; may be left out with a `config` that says it.",
        ),
    ],
    blocks: &[at_most_once(&ARCHITECTURE)],
    ..EMPTY
};

static ARCHITECTURE: BlockSchema = BlockSchema {
    name: "architecture",
    doc: "The shape of a transformer, for memory estimates.",
    arguments: &[
        required("layers", DIMENSION, "Layers."),
        required("hidden", DIMENSION, "Hidden size."),
        required("heads", DIMENSION, "Attention heads."),
        optional(
            "kv_heads",
            DIMENSION,
            "Key-value heads; `heads` when not given.",
        ),
        optional(
            "head_dim",
            DIMENSION,
            "Size of a head; `hidden / heads` when not given.",
        ),
        required(
            "ffn",
            DIMENSION,
            "Inner size of the feed-forward part; of one expert where there are experts.",
        ),
        required("vocab", DIMENSION, "Size of the vocabulary."),
        optional(
            "gated",
            Kind::Bool,
            "Whether the feed-forward part has a gate (three matrices); yes when not given.",
        ),
        optional(
            "tied_embeddings",
            Kind::Bool,
            "Whether the output head is the embedding's matrix; no when not given.",
        ),
        optional(
            "generates",
            Kind::Bool,
            "Whether it generates tokens; no for encoders such as BERT, yes when not given.",
        ),
        optional(
            "dropout",
            Kind::Bool,
            "Whether dropout is used in training; no when not given.",
        ),
        optional("experts", DIMENSION, "Experts of a layer."),
        optional(
            "active_experts",
            DIMENSION,
            "Experts that work on one token; 2 when not given.",
        ),
    ],
    ..EMPTY
};

/// Up to ten million: beyond any transformer, and small enough that products don't overflow.
const DIMENSION: Kind = Kind::Count(1, 10_000_000);

pub(super) static OUTPUT: BlockSchema = BlockSchema {
    name: "output",
    doc: "A value that is handed over to others.",
    label: Label::Name,
    arguments: OUTPUT_ARGUMENTS,
    ..EMPTY
};

const OUTPUT_ARGUMENTS: &[Argument] = &[
    required(
        "value",
        Kind::Value,
        "The value; may be one that is known after apply, e.g. `stage.serve.endpoint`.",
    ),
    optional("description", Kind::Text, "For readers."),
    optional("sensitive", Kind::Bool, "Never shown."),
];
