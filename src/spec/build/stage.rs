use std::collections::BTreeMap;

use super::Builder;
use crate::diagnostics::{Diagnostic, spec};
use crate::model::{
    Domain, Interruption, NodeSettings, Read, Requirements, ServingMode, Share, Source, Stage,
    StageKind, StageOutput, Written,
};
use crate::spec::section::{Section, is_name};
use crate::spec::typed::Typed;
use crate::spec::value::Reference;

/// Blocks and arguments that only some kinds of stage have: what, and who.
const ONLY: &[(&str, &[StageKind])] = &[
    ("training", &[StageKind::Training]),
    ("serving", &[StageKind::Serving]),
    ("mode", &[StageKind::Serving]),
    ("traffic", &[StageKind::Serving]),
    ("replicas", &[StageKind::Serving]),
    ("model", &[StageKind::Training, StageKind::Serving]),
];

impl Builder<'_, '_> {
    pub(super) fn stage(&self, section: &Section) -> Option<Stage> {
        let kind = section
            .text("kind")
            .and_then(|k| StageKind::from_name(&k.value));
        let requirements = section.block("requirements");
        let has_gpus = requirements.is_some_and(|r| r.block("gpu").is_some());
        let needs = requirements.map_or_else(Requirements::default, |r| self.requirements(r));
        let mode = self.mode(section);
        if let Some(kind) = kind {
            self.check_kind(section, kind, mode);
            self.check_resources(section, kind);
        }
        let service = kind == Some(StageKind::Serving) && mode == ServingMode::RealTime;
        let demand = match (kind, service) {
            (None, _) => None,
            (Some(_), true) => self.always_on(section, has_gpus),
            (Some(_), false) => self.runs(section, has_gpus),
        };
        let reads = self.reads(section);
        let outputs = self.named(section, "output", |s| self.stage_output(s));
        let interruption = section.block("interruption");
        Some(Stage {
            name: section.label()?.to_owned(),
            kind: kind?,
            reads,
            outputs,
            model: section.reference("model").and_then(|r| match r.value {
                Reference::Model(name) => Some(Written::new(name, r.origin)),
                _ => None,
            }),
            training: section.block("training").map(|s| self.training(s)),
            serving: self.serving(section, kind?, mode),
            requirements: needs,
            pin: section.block("pin").map(|s| self.pin(s)),
            interruption: interruption.map_or_else(Interruption::default, |s| self.interruption(s)),
            share: self.share(section),
            prevent_destroy: section.boolean("prevent_destroy").is_some_and(|b| b.value),
            max_lifetime: section.duration("max_lifetime").map(|d| d.value),
            nodes: section
                .block("nodes")
                .map_or_else(NodeSettings::default, |s| self.nodes(s)),
            undo_on_failure: is(section, "on_failure", "undo"),
            delete_first: is(section, "replace", "delete-first"),
            origin: section.origin,
            demand: demand?,
        })
    }

    fn mode(&self, section: &Section) -> ServingMode {
        match section.text("mode").as_ref().map(|m| m.value.as_str()) {
            Some("batch") => ServingMode::Batch,
            _ => ServingMode::RealTime,
        }
    }

    fn check_kind(&self, section: &Section, kind: StageKind, mode: ServingMode) {
        let place = |name: &str| {
            let block = section.block(name).map(|b| b.origin);
            section.given(name).or(block)
        };
        let mut refused: Vec<(&str, String)> = ONLY
            .iter()
            .filter(|(_, kinds)| !kinds.contains(&kind))
            .map(|(name, _)| (*name, format!("A {kind} stage has no `{name}`.")))
            .collect();
        if kind == StageKind::Serving {
            let (names, why): (&[&str], _) = match mode {
                ServingMode::RealTime => (
                    &["run"],
                    "A serving stage is always on, so it has `replicas` and no `run`; one that \
                     runs like a job has `mode = \"batch\"`.",
                ),
                ServingMode::Batch => (
                    &["traffic", "replicas"],
                    "With `mode = \"batch\"` the stage runs like a job, so it has a `run` block \
                     instead.",
                ),
            };
            refused.extend(names.iter().map(|n| (*n, why.to_owned())));
        }
        for (name, why) in refused {
            if let Some(at) = place(name) {
                self.report(&spec::WRONG_STAGE_KIND, at, why);
            }
        }
    }

    /// Every stage needs something to run on: GPUs, vCPUs or memory, or a pinned instance type.
    fn check_resources(&self, section: &Section, kind: StageKind) {
        let requirements = section.block("requirements");
        let sized = requirements.is_some_and(|r| {
            !r.lacks("gpu") || !r.lacks_argument("vcpus") || !r.lacks_argument("memory")
        });
        let pinned = section
            .block("pin")
            .is_some_and(|p| p.given("instance_type").is_some());
        let meant = requirements.is_none() && !section.lacks("requirements");
        if sized || pinned || meant {
            return;
        }
        let example = match kind {
            StageKind::DataProcessing => "requirements { vcpus = 64 }",
            StageKind::Training | StageKind::Serving => {
                "requirements { gpu { any_of = [\"A100\"] } }"
            }
        };
        let diagnostic = Diagnostic::error(&spec::MISSING_BLOCK)
            .at(section.origin)
            .detail("Nothing says what the stage needs, so anything at all would do.")
            .hint(format!(
                "say how much it needs, e.g. `{example}`, a line for each argument."
            ));
        self.evaluator.report(diagnostic);
    }

    fn reads(&self, section: &Section) -> BTreeMap<String, Read> {
        let Some(map) = section.map("reads") else {
            return BTreeMap::new();
        };
        let reads = map.value.into_iter().filter_map(|(name, written)| {
            let Typed::Map(fields) = written.value else {
                return None;
            };
            let from = fields.get("from")?;
            let source = match &from.value {
                Typed::Reference(Reference::Dataset(name)) => Source::Dataset(name.clone()),
                Typed::Reference(Reference::StageOutput { stage, output }) => Source::Output {
                    stage: stage.clone(),
                    output: output.clone(),
                },
                _ => return None,
            };
            let amount = fields.get("amount");
            let streamed = fields.get("streamed").map(|s| &s.value);
            let read = Read {
                source,
                amount: amount.and_then(|a| a.value.as_bytes()),
                streamed: matches!(streamed, Some(Typed::Bool(true))),
                origin: amount.map_or(from.origin, |a| a.origin),
            };
            Some((name, read))
        });
        reads.collect()
    }

    /// Whether its nodes may be shared: one of two words, or the name of a pool.
    fn share(&self, section: &Section) -> Share {
        let Some(text) = section.text("share") else {
            return Share::Never;
        };
        match text.value.as_str() {
            "never" => Share::Never,
            "auto" => Share::Auto,
            name if is_name(name) => Share::Pool(text),
            _ => {
                let detail = "`share` is \"never\", \"auto\" or the name of a pool. A name begins with \
                              a letter and goes on with letters, digits, `-` and `_`, 63 \
                              characters at most.";
                self.report(&spec::INVALID_NAME, text.origin, detail);
                Share::Never
            }
        }
    }

    fn stage_output(&self, section: &Section) -> Option<StageOutput> {
        let scope = section.text("scope");
        Some(StageOutput {
            size: section.bytes("size")?.value,
            retain: section.duration("retain").map(|d| d.value),
            scope: scope
                .and_then(|s| Domain::from_name(&s.value))
                .unwrap_or(Domain::Region),
            origin: section.origin,
        })
    }
}

/// Whether an argument is that word.
fn is(section: &Section, argument: &str, word: &str) -> bool {
    section
        .text(argument)
        .is_some_and(|text| text.value == word)
}
