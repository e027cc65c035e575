use super::capacity::MANY;
use super::{BlockSchema, EMPTY, Kind, Label, Target, optional, required};

pub(super) static BUDGET: BlockSchema = BlockSchema {
    name: "budget",
    doc: "A limit in USD per month.",
    label: Label::Name,
    arguments: &[
        required("limit", Kind::Money, "USD per month."),
        optional(
            "warn_at",
            Kind::Share,
            "Share of the limit from which on a warning is given; 1 when not given.",
        ),
        optional(
            "on_exceed",
            Kind::Choice(&["deny", "warn"]),
            "What happens above the limit; `deny` when not given.",
        ),
        optional(
            "stages",
            Kind::ListOf(&Kind::Reference(Target::Stage)),
            "The stages it covers, e.g. `[stage.train]`; all when not given.",
        ),
    ],
    ..EMPTY
};

pub(super) static QUOTA: BlockSchema = BlockSchema {
    name: "quota",
    doc: "Most GPUs (of one name) or vCPUs in use at once.",
    label: Label::Name,
    arguments: &[
        optional(
            "scope",
            Kind::Choice(&["project", "team", "account"]),
            "Whose limit it is; `project` when not given.",
        ),
        optional(
            "gpu",
            Kind::Text,
            "Counts GPUs of this name; vCPUs are counted when not given.",
        ),
        optional(
            "provider",
            Kind::Choice(PROVIDERS),
            "Counts only this provider's.",
        ),
        optional("region", Kind::Text, "Counts only this region's."),
        required("max", Kind::Count(0, MANY), "Most at once."),
    ],
    ..EMPTY
};

pub(super) const PROVIDERS: &[&str] = &["aws", "azure", "gcp", "lambda"];

pub(super) static COMMITMENT: BlockSchema = BlockSchema {
    name: "commitment",
    doc: "Spend that is promised already.",
    label: Label::Name,
    arguments: &[
        required("provider", Kind::Choice(PROVIDERS), "Whose commitment."),
        required(
            "kind",
            Kind::Choice(&[
                "compute-savings-plan",
                "instance-savings-plan",
                "committed-use",
                "reserved-instances",
            ]),
            "What was bought.",
        ),
        required(
            "usd_per_hour",
            Kind::Rate,
            "USD per hour that is paid in any case.",
        ),
        required(
            "discount",
            Kind::Discount,
            "Share taken off the list price of what it covers, below 1.",
        ),
        optional("remaining", Kind::Duration, "How long it still runs."),
        optional(
            "region",
            Kind::Text,
            "The only region that it covers; all when not given.",
        ),
        optional(
            "family",
            Kind::Text,
            "The only instance family that it covers, e.g. `\"m7i\"`, `\"Standard_D\"`, `\"n2\"`: the part \
             of a type's name before the size. Instance savings plans and reserved instances need one.",
        ),
    ],
    ..EMPTY
};
