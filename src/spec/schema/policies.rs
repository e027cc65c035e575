use super::capacity::MANY;
use super::limits::PROVIDERS;
use super::{Argument, BlockSchema, EMPTY, Kind, Label, Target, optional, required};
use crate::model::{Rule, Strictness};

pub(super) static POLICY: BlockSchema = BlockSchema {
    name: "policy",
    doc: "How strictly a rule is held, and from where on it is broken: docs/policies.md.",
    label: Label::OneOf(Rule::NAMES),
    arguments: &[
        severity(),
        production(),
        max_rerun(),
        max_monthly(),
        max_idle(),
        max_age(),
        accepted(),
    ],
    ..EMPTY
};

/// The same in an organisation's file.
pub(super) static SHARED_POLICY: BlockSchema = BlockSchema {
    arguments: &[
        severity(),
        optional(
            "waivable",
            Kind::Bool,
            "Whether a spec may waive the rule although it denies; no when not given.",
        ),
        production(),
        max_rerun(),
        max_monthly(),
        max_idle(),
        max_age(),
        accepted(),
    ],
    ..POLICY
};

const fn severity() -> Argument {
    optional(
        "severity",
        Kind::Choice(Strictness::WORDS),
        "What comes of breaking it; the rule's own when not given.",
    )
}

const fn production() -> Argument {
    optional(
        "production",
        Kind::ListOf(&Kind::Text),
        "`gpu-without-lifetime`: values of the label `env` that mean production; \
         `[\"prod\", \"production\"]` when not given.",
    )
}

const fn max_rerun() -> Argument {
    optional(
        "max_rerun",
        Kind::PositiveDuration,
        "`spot-without-checkpoint`: longest work that may begin again from nothing; `1h` when not given.",
    )
}

const fn max_monthly() -> Argument {
    optional(
        "max_monthly",
        Kind::Money,
        "`cross-region-data`: USD per month of one stage, 10 when not given. `idle-replicas`: USD per \
         month of one service, 100 when not given.",
    )
}

const fn max_idle() -> Argument {
    optional(
        "max_idle",
        Kind::Share,
        "`idle-replicas`: largest share of a service's compute that no traffic needs; 0.5 when not given.",
    )
}

const fn max_age() -> Argument {
    optional(
        "max_age",
        Kind::PositiveDuration,
        "`stale-catalog`: greatest age of a catalog; `90d` when not given.",
    )
}

const fn accepted() -> Argument {
    optional(
        "accepted",
        Kind::ListOf(&Kind::Text),
        "`unpriced-items`: what may be left out of the bill, by the names that plans give it.",
    )
}

pub(super) static WAIVER: BlockSchema = BlockSchema {
    name: "waiver",
    doc: "Lets a rule be broken for a time.",
    label: Label::OneOf(Rule::NAMES),
    arguments: &[
        optional(
            "stage",
            Kind::Reference(Target::Stage),
            "The stage that may break it; everything may when not given.",
        ),
        required("reason", Kind::Text, "Why, for those who review it."),
        required(
            "until",
            Kind::Text,
            "The last day on which it counts, e.g. `\"2026-12-31\"`.",
        ),
    ],
    ..EMPTY
};

pub(super) static SHARED_BUDGET: BlockSchema = BlockSchema {
    name: "budget",
    doc: "A limit in USD per month over the specs that are reviewed together.",
    label: Label::Name,
    arguments: &[
        team(),
        owner(),
        project(),
        stage(),
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
    ],
    ..EMPTY
};

pub(super) static SHARED_QUOTA: BlockSchema = BlockSchema {
    name: "quota",
    doc: "Most GPUs in use at once over the specs that are reviewed together.",
    label: Label::Name,
    arguments: &[
        team(),
        owner(),
        project(),
        stage(),
        optional(
            "gpu",
            Kind::Text,
            "Counts GPUs of this name; all are counted when not given.",
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

const fn team() -> Argument {
    optional("team", Kind::Text, "Counts only projects of this team.")
}

const fn owner() -> Argument {
    optional("owner", Kind::Text, "Counts only projects of this owner.")
}

const fn project() -> Argument {
    optional("project", Kind::Text, "Counts only this project.")
}

const fn stage() -> Argument {
    optional("stage", Kind::Text, "Counts only stages of this name.")
}
