use super::{BlockSchema, EMPTY, Kind, optional};

pub(super) static NODES: BlockSchema = BlockSchema {
    name: "nodes",
    doc: "What the nodes begin with, and who may reach them; used by `apply`.",
    arguments: &[
        optional(
            "image",
            Kind::Text,
            "`ami-…`, or `OWNER/NAME` for the newest of that name, where `*` and `?` stand for anything; \
             when not given, Amazon's image for deep learning on nodes with GPUs, and Amazon Linux \
             2023 on others.",
        ),
        optional(
            "user_data",
            Kind::Text,
            "What each node runs when it starts first, e.g. `file(\"boot.sh\")`; never a secret.",
        ),
        optional(
            "disk",
            Kind::PositiveBytes,
            "Size of the first disk, in whole GiB; 200 GiB on nodes with GPUs and 100 GiB on others \
             when not given.",
        ),
        optional(
            "open_ports",
            Kind::ListOf(&Kind::Count(1, 65_535)),
            "TCP ports that can be reached from outside of the pool, by those in `open_to`.",
        ),
        optional(
            "open_to",
            Kind::ListOf(&Kind::Text),
            "Addresses from which `open_ports` can be reached, e.g. `\"10.0.0.0/8\"`; nobody outside of \
             the pool when not given.",
        ),
        optional(
            "instance_profile",
            Kind::Text,
            "The instance profile whose role the nodes act in; none when not given.",
        ),
        optional(
            "key_name",
            Kind::Text,
            "The key pair for logging in; none when not given.",
        ),
    ],
    ..EMPTY
};
