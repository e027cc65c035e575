use super::capacity::MANY;
use super::nodes;
use super::{
    Argument, BlockSchema, EMPTY, Kind, Label, Target, any_number, at_most_once, optional, required,
};
use crate::model::{
    AttentionKernel, LoraTargets, Method, Offload, Optimizer, Precision, Recompute, Sharding,
};

pub(super) const ARCHES: &[&str] = &["x86_64", "arm64"];
pub(super) const CPU_VENDORS: &[&str] = &["amd", "ampere", "aws", "google", "intel", "microsoft"];
const CAPACITY: &[&str] = &["on-demand", "spot", "reserved"];

pub(super) static STAGE: BlockSchema = BlockSchema {
    name: "stage",
    doc: "Something that is to run: data processing, training or serving.",
    label: Label::Name,
    arguments: &[
        required(
            "kind",
            Kind::Choice(&["data-processing", "training", "serving"]),
            "What it does.",
        ),
        optional(
            "mode",
            Kind::Choice(&["real-time", "batch"]),
            "How a serving stage answers; `real-time` when not given.",
        ),
        optional(
            "model",
            Kind::Reference(Target::Model),
            "The model that it trains or serves, e.g. `model.ranker`.",
        ),
        optional(
            "reads",
            Kind::MapOf(&Kind::Record(READ)),
            "Data that it reads in each run; a service reads it once a month.",
        ),
        optional(
            "share",
            Kind::Text,
            "Whether it may run on nodes that other stages use too: `\"never\"`, `\"auto\"` or the name \
             of a pool; `never` when not given.",
        ),
        optional(
            "prevent_destroy",
            Kind::Bool,
            "No command may delete its objects.",
        ),
        optional(
            "max_lifetime",
            Kind::PositiveDuration,
            "Longest time that its objects may live.",
        ),
        optional(
            "on_failure",
            Kind::Choice(&["keep", "undo"]),
            "What becomes of what an apply made of it when not all of it can be made; `keep` when not \
             given.",
        ),
        optional(
            "replace",
            Kind::Choice(&["create-first", "delete-first"]),
            "Whether new nodes are made before those that they replace are deleted; `create-first` \
             when not given.",
        ),
    ],
    blocks: &[
        any_number(&OUTPUT),
        at_most_once(&TRAINING),
        at_most_once(&SERVING),
        at_most_once(&REQUIREMENTS),
        at_most_once(&PIN),
        at_most_once(&RUN),
        at_most_once(&TRAFFIC),
        at_most_once(&REPLICAS),
        at_most_once(&INTERRUPTION),
        at_most_once(&nodes::NODES),
    ],
    ..EMPTY
};

const READ: &[Argument] = &[
    required(
        "from",
        Kind::Reference(Target::Data),
        "`dataset.NAME` or `stage.NAME.output.NAME`.",
    ),
    optional(
        "amount",
        Kind::Bytes,
        "How much per run; all of it when not given.",
    ),
    optional(
        "streamed",
        Kind::Bool,
        "Read while working, so that nobody waits for it.",
    ),
];

static OUTPUT: BlockSchema = BlockSchema {
    name: "output",
    doc: "Data that each run makes.",
    label: Label::Name,
    arguments: &[
        required("size", Kind::Bytes, "Its size."),
        optional(
            "retain",
            Kind::Duration,
            "How long each run's copy is kept; until the next run when not given.",
        ),
        optional(
            "scope",
            Kind::Choice(&["region", "zone"]),
            "Kept in object storage of the region or on disks of the stage's zone; `region` when not \
             given.",
        ),
    ],
    ..EMPTY
};

static TRAINING: BlockSchema = BlockSchema {
    name: "training",
    doc: "How the stage trains; read by the memory estimate.",
    arguments: &[
        optional(
            "method",
            Kind::Choice(Method::WORDS),
            "Which parameters are trained; `full` when not given.",
        ),
        optional(
            "optimizer",
            Kind::Choice(Optimizer::WORDS),
            "`adamw` when not given.",
        ),
        optional(
            "precision",
            Kind::Choice(Precision::WORDS),
            "Types of weights, gradients and states: `mixed` (16-bit with 32-bit master weights), \
             `amp` (autocast), `bf16` or `fp32`; `mixed` when not given.",
        ),
        optional(
            "sharding",
            Kind::Choice(Sharding::WORDS),
            "What the ranks share among them; `none` when not given.",
        ),
        optional(
            "micro_batch",
            Kind::Count(1, MANY),
            "Samples per rank and step; 1 when not given.",
        ),
        optional(
            "sequence",
            Kind::Count(1, 100_000_000),
            "Tokens per sample.",
        ),
        optional(
            "gradient_accumulation",
            Kind::Count(1, MANY),
            "Steps whose gradients are added up before the weights change; 1 when not given.",
        ),
        optional(
            "recompute",
            Kind::Choice(Recompute::WORDS),
            "Activation recomputation; `none` when not given.",
        ),
        optional(
            "attention",
            Kind::Choice(AttentionKernel::WORDS),
            "How attention is computed; `flash` when not given.",
        ),
        optional(
            "offload",
            Kind::ListOf(&Kind::Choice(Offload::WORDS)),
            "What is kept in the host's memory.",
        ),
        optional(
            "compile",
            Kind::Bool,
            "Whether the model is compiled; no when not given.",
        ),
        optional(
            "loss_chunks",
            Kind::Count(1, MANY),
            "Parts in which the loss is computed; 1 when not given.",
        ),
        optional(
            "fused_step",
            Kind::Bool,
            "Whether the weights change during the backward pass; no when not given.",
        ),
        optional(
            "lora_rank",
            Kind::Count(1, MANY),
            "Rank of the adapters of `lora` and `qlora`; 16 when not given.",
        ),
        optional(
            "lora_targets",
            Kind::Choice(LoraTargets::WORDS),
            "Matrices that get adapters; `all` when not given.",
        ),
        optional(
            "activation_per_sample",
            Kind::PositiveBytes,
            "Memory that one sample takes beside the model's own, for models without an \
             `architecture`.",
        ),
        optional(
            "measured_memory",
            Kind::MapOf(&Kind::PositiveBytes),
            "Memory of one GPU as measured, by micro-batch, for two sizes or more: instead of an estimate.",
        ),
        optional("tensor_parallel", PARALLEL, TENSOR_PARALLEL),
        optional("pipeline_parallel", PARALLEL, PIPELINE_PARALLEL),
        optional(
            "probe",
            Kind::ListOf(&Kind::Text),
            "A command that tries a few steps on a node; with it, GPUs that are only just large \
             enough are taken too.",
        ),
    ],
    ..EMPTY
};

const PARALLEL: Kind = Kind::Count(1, 100_000);
const TENSOR_PARALLEL: &str = "GPUs among which each matrix is cut; in training 1 when not given, in \
                               serving all of a replica's.";
const PIPELINE_PARALLEL: &str = "GPUs among which the layers are dealt out; 1 when not given.";

static SERVING: BlockSchema = BlockSchema {
    name: "serving",
    doc: "How the stage serves; read by the memory estimate and by Kubernetes.",
    arguments: &[
        optional(
            "max_batch",
            Kind::Count(1, MANY),
            "Largest batch; 1 when not given.",
        ),
        optional(
            "sequence",
            Kind::Count(1, 100_000_000),
            "Tokens per request, answer included.",
        ),
        optional(
            "runtime",
            Kind::Text,
            "Inference server, e.g. `triton`, `mlserver`, `vllm`.",
        ),
        optional(
            "engine",
            Kind::Text,
            "Serving engine, e.g. `kserve`, `seldon`.",
        ),
        optional(
            "kv_dtype",
            Kind::Choice(&["fp32", "bf16", "fp16", "fp8", "int8"]),
            "Type of cached keys and values; that of the weights, but 16 bits at least, when not \
             given.",
        ),
        optional(
            "activation_per_sample",
            Kind::PositiveBytes,
            "Memory that one sample takes beside the model's own, for models without an \
             `architecture`.",
        ),
        optional(
            "measured_memory",
            Kind::MapOf(&Kind::PositiveBytes),
            "Memory of one GPU as measured, by batch, for two sizes or more: instead of an estimate.",
        ),
        optional("tensor_parallel", PARALLEL, TENSOR_PARALLEL),
        optional("pipeline_parallel", PARALLEL, PIPELINE_PARALLEL),
        optional(
            "max_sequences",
            Kind::Count(1, MANY),
            "Most requests that the server works on at once; the server's default when not given.",
        ),
        optional(
            "max_batched_tokens",
            Kind::Count(1, MANY),
            "Most tokens of one forward pass; the server's default when not given.",
        ),
    ],
    ..EMPTY
};

static REQUIREMENTS: BlockSchema = BlockSchema {
    name: "requirements",
    doc: "What the stage needs; what isn't given constrains nothing.",
    arguments: &[
        optional(
            "vcpus",
            Kind::Count(1, MANY),
            "vCPUs of a run, all nodes together; per replica for serving.",
        ),
        optional(
            "memory",
            Kind::PositiveBytes,
            "Memory of a run, all nodes together; per replica for serving.",
        ),
        optional(
            "cpu_vendor",
            Kind::ListOf(&Kind::Choice(CPU_VENDORS)),
            "Allowed makers of the processor.",
        ),
        optional("arch", Kind::Choice(ARCHES), "Instruction set."),
        optional(
            "local_disk_min",
            Kind::Bytes,
            "Local disk of each node, at least.",
        ),
        optional(
            "locations",
            Kind::ListOf(&Kind::LocationPattern),
            "Allowed places, e.g. `[\"aws/us-*\", \"onprem/*\"]`.",
        ),
        optional(
            "capacity",
            Kind::ListOf(&Kind::Choice(CAPACITY)),
            "Allowed capacity types.",
        ),
        optional(
            "max_nodes",
            Kind::Count(1, MANY),
            "Most nodes of a run or of a replica.",
        ),
        optional(
            "max_node_hour",
            Kind::Rate,
            "Highest rate of one node, in USD per hour.",
        ),
    ],
    blocks: &[at_most_once(&GPU)],
    ..EMPTY
};

static GPU: BlockSchema = BlockSchema {
    name: "gpu",
    doc: "GPUs, by name or by what they can do.",
    arguments: &[
        optional(
            "any_of",
            Kind::ListOf(&Kind::Text),
            "One of these, the cheapest.",
        ),
        optional(
            "prefer",
            Kind::ListOf(&Kind::Text),
            "One of these wherever one can be had.",
        ),
        optional(
            "else_any_of",
            Kind::ListOf(&Kind::Text),
            "One of these where none of `prefer` can be had.",
        ),
        optional(
            "count",
            Kind::Count(1, MANY),
            "How many for a run or for a replica; 1 when not given.",
        ),
        optional(
            "slices",
            Kind::Bool,
            "Slices of these GPUs (MIG) and parts that clouds sell will do as well, each counted as one.",
        ),
        optional(
            "memory_min",
            Kind::Bytes,
            "Memory of one GPU, or of one slice, at least.",
        ),
        optional(
            "compute_capability_min",
            Kind::Capability,
            "Compute capability, at least, e.g. `\"8.0\"`.",
        ),
        optional(
            "interconnect",
            Kind::Choice(&["any", "single-node"]),
            "How they must be joined; `any` when not given.",
        ),
    ],
    ..EMPTY
};

static PIN: BlockSchema = BlockSchema {
    name: "pin",
    doc: "A choice made by hand; what isn't given stays free.",
    arguments: &[
        optional(
            "provider",
            Kind::Choice(&["aws", "azure", "gcp", "lambda", "onprem"]),
            "Provider.",
        ),
        optional("region", Kind::Text, "Region or site."),
        optional("zone", Kind::Text, "Zone."),
        optional("instance_type", Kind::Text, "Instance type or node pool."),
        optional("capacity", Kind::Choice(CAPACITY), "Capacity type."),
    ],
    ..EMPTY
};

const STARTUP: &str = "Time until a new node works; when not given, 3 minutes in a cloud and none \
                       on owned nodes.";

static RUN: BlockSchema = BlockSchema {
    name: "run",
    doc: "How long and how often a job runs.",
    arguments: &[
        optional(
            "duration",
            Kind::PositiveDuration,
            "How long a run takes on whatever meets the requirements.",
        ),
        optional(
            "work",
            Kind::Either(
                &Kind::PositiveDuration,
                &Kind::MapOf(&Kind::PositiveDuration),
            ),
            "How long a run takes, measured, by GPU.",
        ),
        optional(
            "schedule",
            Kind::Schedule,
            "Cron expression of five fields; or `runs_per_month`.",
        ),
        optional(
            "runs_per_month",
            Kind::Positive,
            "Runs in a month of 730 hours; or `schedule`.",
        ),
        optional(
            "deadline",
            Kind::PositiveDuration,
            "Longest time from start to end of a run.",
        ),
        optional(
            "deadline_confidence",
            Kind::Probability,
            "Probability with which spot capacity must meet the deadline; 0.99 when not given.",
        ),
        optional("startup", Kind::Duration, STARTUP),
    ],
    ..EMPTY
};

static TRAFFIC: BlockSchema = BlockSchema {
    name: "traffic",
    doc: "Requests over the day.",
    arguments: &[
        required(
            "peak_rps",
            Kind::Positive,
            "Requests per second at the busiest hour.",
        ),
        optional(
            "hourly",
            Kind::Either(
                &Kind::Choice(&["flat", "office-hours"]),
                &Kind::ListOf(&Kind::Share),
            ),
            "Shape of a day, or 24 shares of the peak from midnight; `flat` when not given.",
        ),
        optional(
            "p95_latency",
            Kind::PositiveDuration,
            "Longest answer time of 95 % of requests.",
        ),
    ],
    ..EMPTY
};

static REPLICAS: BlockSchema = BlockSchema {
    name: "replicas",
    doc: "How many copies stand, and what each can answer.",
    arguments: &[
        optional(
            "min",
            Kind::Count(0, MANY),
            "Fewest copies; 1 when not given.",
        ),
        optional(
            "max",
            Kind::Count(1, MANY),
            "Most copies; `min` when not given.",
        ),
        optional(
            "throughput_rps",
            Kind::Either(&Kind::Positive, &Kind::MapOf(&Kind::Positive)),
            "Requests per second of one copy, or by GPU, measured.",
        ),
        optional("startup", Kind::Duration, STARTUP),
    ],
    ..EMPTY
};

static INTERRUPTION: BlockSchema = BlockSchema {
    name: "interruption",
    doc: "Whether the stage may be interrupted; it must not be when there is no such block.",
    arguments: &[
        required(
            "tolerated",
            Kind::Bool,
            "Whether spot capacity may be used.",
        ),
        optional(
            "checkpoint_every",
            Kind::Interval,
            "How often state is saved: a duration or `\"auto\"`; never when not given.",
        ),
        optional("checkpoint_cost", Kind::Duration, "What saving once takes."),
        optional(
            "restore",
            Kind::Duration,
            "What loading the last save takes.",
        ),
        optional(
            "interruptions_per_hour",
            Kind::Positive,
            "Expected interruptions of one node per hour; the provider's figure when not given.",
        ),
    ],
    ..EMPTY
};
