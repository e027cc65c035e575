use super::{BlockSchema, EMPTY, Kind, Label, Target, required};

const DOMAINS: Kind = Kind::Choice(&["provider", "region", "zone"]);
const STAGES: Kind = Kind::ListOf(&Kind::Reference(Target::Stage));

pub(super) static AFFINITY: BlockSchema = BlockSchema {
    name: "affinity",
    doc: "Stages that must be together.",
    label: Label::Name,
    arguments: &[
        required(
            "stages",
            STAGES,
            "Two stages or more, e.g. `[stage.prepare, stage.train]`.",
        ),
        required("same", DOMAINS, "What all of them share."),
    ],
    ..EMPTY
};

pub(super) static ANTI_AFFINITY: BlockSchema = BlockSchema {
    name: "anti_affinity",
    doc: "Stages that must be apart.",
    label: Label::Name,
    arguments: &[
        required(
            "stages",
            STAGES,
            "Two stages or more, e.g. `[stage.serve, stage.spare]`.",
        ),
        required("different", DOMAINS, "What no two of them share."),
    ],
    ..EMPTY
};
