use std::collections::BTreeMap;

use super::Builder;
use super::capacity::small;
use crate::diagnostics::spec;
use crate::model::{
    AttentionKernel, Dtype, LoraTargets, Method, Offload, Optimizer, Precision, Recompute, Serving,
    ServingMode, Sharding, StageKind, Training, Written, memory_falls,
};
use crate::spec::section::Section;
use crate::units::Bytes;

impl Builder<'_, '_> {
    /// A `training` block: what isn't given is as in a block without arguments.
    pub(super) fn training(&self, section: &Section) -> Training {
        let default = Training::default();
        let count = |name, default| section.count(name).map_or(default, |c| small(&c));
        let flag = |name| section.boolean(name).is_some_and(|b| b.value);
        let training = Training {
            method: word(section, "method", Method::from_name, default.method),
            optimizer: word(
                section,
                "optimizer",
                Optimizer::from_name,
                default.optimizer,
            ),
            precision: word(
                section,
                "precision",
                Precision::from_name,
                default.precision,
            ),
            sharding: word(section, "sharding", Sharding::from_name, default.sharding),
            recompute: word(
                section,
                "recompute",
                Recompute::from_name,
                default.recompute,
            ),
            attention: word(
                section,
                "attention",
                AttentionKernel::from_name,
                default.attention,
            ),
            offload: offload(section),
            micro_batch: count("micro_batch", default.micro_batch),
            sequence: section.count("sequence").map(|c| small(&c)),
            gradient_accumulation: count("gradient_accumulation", default.gradient_accumulation),
            compile: flag("compile"),
            loss_chunks: count("loss_chunks", default.loss_chunks),
            fused_step: flag("fused_step"),
            lora_rank: count("lora_rank", default.lora_rank),
            lora_targets: word(
                section,
                "lora_targets",
                LoraTargets::from_name,
                default.lora_targets,
            ),
            tensor_parallel: count("tensor_parallel", default.tensor_parallel),
            pipeline_parallel: count("pipeline_parallel", default.pipeline_parallel),
            activation_per_sample: section.bytes("activation_per_sample").map(|b| b.value),
            measured_memory: self.measured_memory(section),
            probe: probe(section),
            origin: Some(section.origin),
        };
        self.check_training(section, &training);
        training
    }

    /// What would be read over without a word.
    fn check_training(&self, section: &Section, training: &Training) {
        let adapters = training.method != Method::Full;
        for name in ["lora_rank", "lora_targets"] {
            if let (Some(at), false) = (section.given(name), adapters) {
                let detail = format!(
                    "There are no adapters with `method = \"{}\"`.",
                    training.method
                );
                self.report(&spec::CONFLICT, at, detail);
            }
        }
        if let (Some(at), true, true) = (
            section.given("fused_step"),
            training.fused_step,
            training.gradient_accumulation > 1,
        ) {
            let detail = "Gradients that are added up over several steps must be kept, so the weights \
                          can't change during the backward pass.";
            self.report(&spec::CONFLICT, at, detail);
        }
        if let Some(probe) = &training.probe
            && probe.value.is_empty()
        {
            let detail = "A probe is a command with its arguments, e.g. `[\"python\", \"train.py\", \
                          \"--max-steps=2\"]`.";
            self.report(&spec::INVALID_FORM, probe.origin, detail);
        }
    }

    /// Memory by batch size: a line needs two points.
    fn measured_memory(&self, section: &Section) -> BTreeMap<u32, Bytes> {
        let Some(map) = section.map("measured_memory") else {
            return BTreeMap::new();
        };
        let mut measured = BTreeMap::new();
        for (batch, memory) in &map.value {
            match (batch.parse::<u32>(), memory.value.as_bytes()) {
                (Ok(batch), Some(bytes)) if batch > 0 => {
                    measured.insert(batch, bytes);
                }
                _ => {
                    let detail =
                        format!("`{batch}` is no batch size: the keys are whole numbers from 1.");
                    self.report(&spec::INVALID_FORM, memory.origin, detail);
                    return BTreeMap::new();
                }
            }
        }
        if memory_falls(&measured) {
            let detail = "More samples can't take less memory, and here the largest batch takes less \
                          than the smallest.";
            self.report(&spec::INVALID_FORM, map.origin, detail);
            return BTreeMap::new();
        }
        if measured.len() < 2 {
            let detail =
                "What each sample adds can only be told from measurements of two batch sizes.";
            self.report(&spec::INVALID_FORM, map.origin, detail);
            return BTreeMap::new();
        }
        measured
    }

    pub(super) fn serving(
        &self,
        stage: &Section,
        kind: StageKind,
        mode: ServingMode,
    ) -> Option<Serving> {
        let section = stage.block("serving");
        if kind != StageKind::Serving {
            return None;
        }
        let text = |name| section.and_then(|s| s.text(name)).map(|t| t.value);
        let count = |name| section.and_then(|s| s.count(name)).map(|c| small(&c));
        Some(Serving {
            mode,
            max_batch: count("max_batch").unwrap_or(1),
            sequence: count("sequence"),
            runtime: text("runtime"),
            engine: text("engine"),
            kv_dtype: text("kv_dtype").and_then(|word| Dtype::from_name(&word)),
            activation_per_sample: section
                .and_then(|s| s.bytes("activation_per_sample"))
                .map(|b| b.value),
            measured_memory: section.map_or_else(BTreeMap::new, |s| self.measured_memory(s)),
            tensor_parallel: count("tensor_parallel"),
            pipeline_parallel: count("pipeline_parallel").unwrap_or(1),
            max_sequences: count("max_sequences"),
            max_batched_tokens: count("max_batched_tokens"),
            origin: section.map_or(stage.origin, |s| s.origin),
        })
    }
}

/// The value of a word that the schema has checked.
fn word<T>(section: &Section, name: &str, from_name: fn(&str) -> Option<T>, default: T) -> T {
    let word = section.text(name);
    word.and_then(|word| from_name(&word.value))
        .unwrap_or(default)
}

fn offload(section: &Section) -> Vec<Offload> {
    let Some(words) = section.texts_written("offload") else {
        return Vec::new();
    };
    let words = words.value.iter();
    let mut offload: Vec<Offload> = words.filter_map(|word| Offload::from_name(word)).collect();
    offload.sort_unstable();
    offload.dedup();
    offload
}

fn probe(section: &Section) -> Option<Written<Vec<String>>> {
    section.texts_written("probe")
}
