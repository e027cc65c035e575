use super::{BlockSchema, EMPTY, Kind, Label, any_number, optional, required};

/// Most nodes, GPUs, vCPUs or replicas of anything.
pub(super) const MANY: u64 = 1_000_000;

pub(super) static PROVIDER: BlockSchema = BlockSchema {
    name: "provider",
    doc: "A cloud that may be used. Without any such block, every catalog may be.",
    label: Label::OneOf(&["aws", "azure", "gcp", "lambda"]),
    arguments: &[
        optional(
            "regions",
            Kind::ListOf(&Kind::Text),
            "Regions that may be used; all when not given.",
        ),
        optional(
            "interruptions_per_hour",
            Kind::Positive,
            "Expected interruptions of one spot node per hour; the catalog's figure when not given.",
        ),
    ],
    others: Some(&Kind::Text),
    ..EMPTY
};

pub(super) static CLUSTER: BlockSchema = BlockSchema {
    name: "cluster",
    doc: "Capacity that is already owned.",
    label: Label::Name,
    arguments: &[
        optional(
            "kubeconfig_context",
            Kind::Text,
            "Context of the kubeconfig, for `apply`.",
        ),
        required("location", Kind::Location, "`\"onprem/SITE\"`."),
        optional(
            "transfer",
            Kind::MapOf(&Kind::Rate),
            "USD per GB out of here, by pattern of the destination, e.g. `{ \"aws/*\" = 0.02 }`.",
        ),
        optional(
            "throughput",
            Kind::MapOf(&Kind::Positive),
            "Gbit/s to and from here, by pattern of the other place, e.g. `{ \"aws/*\" = 2 }`.",
        ),
        optional(
            "storage_per_gb_month",
            Kind::Rate,
            "USD per GB and month for outputs kept here.",
        ),
    ],
    blocks: &[any_number(&NODE_POOL)],
    ..EMPTY
};

static NODE_POOL: BlockSchema = BlockSchema {
    name: "node_pool",
    doc: "A pool of like nodes.",
    label: Label::Name,
    arguments: &[
        optional("gpu", Kind::Text, "Its GPU; none when not given."),
        optional(
            "gpus_per_node",
            Kind::Count(1, 1024),
            "GPUs in one node; 1 when only `gpu` is given.",
        ),
        required("vcpus", Kind::Count(1, MANY), "vCPUs in one node."),
        required("memory", Kind::PositiveBytes, "Memory of one node."),
        optional(
            "arch",
            Kind::Choice(super::stage::ARCHES),
            "Instruction set; `x86_64` when not given.",
        ),
        optional(
            "cpu_vendor",
            Kind::Choice(super::stage::CPU_VENDORS),
            "Maker of the processor.",
        ),
        required("nodes", Kind::Count(1, MANY), "How many nodes there are."),
        required(
            "cost_per_node_hour",
            Kind::Rate,
            "USD that its owner charges for one node and one hour.",
        ),
        optional(
            "cost_basis",
            Kind::Choice(&["amortised", "sunk", "marginal"]),
            "What that cost means; `amortised` when not given.",
        ),
    ],
    ..EMPTY
};
