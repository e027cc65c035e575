//! Arguments that say how a model is used, under the names that `training` and `serving` blocks have
//! for them.

use std::collections::BTreeMap;

use clap::builder::RangedU64ValueParser;

use super::words::{measurement, size, word};
use crate::diagnostics::{Diagnostic, FileId, Origin, cli};
use crate::fit::Usage;
use crate::model::{
    AttentionKernel, Dtype, LoraTargets, Method, Offload, Optimizer, Precision, Recompute, Serving,
    ServingMode, Sharding, Training, memory_falls,
};
use crate::units::Bytes;

/// Types that keys and values are cached in.
const CACHED: &[&str] = &["fp32", "bf16", "fp16", "fp8", "int8"];

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Purpose {
    /// It answers requests, or works on lots of data
    Inference,
    /// It is trained or fine-tuned
    Training,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::Training => "training",
        }
    }
}

fn count<T: TryFrom<u64> + Clone + Send + Sync>() -> RangedU64ValueParser<T>
where
    <T as TryFrom<u64>>::Error: Send + Sync + std::error::Error + 'static,
{
    RangedU64ValueParser::new().range(1..=1_000_000)
}

/// How a model is used, whatever it is for.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "How it is used")]
pub(super) struct CommonArgs {
    /// Largest batch; in training, samples per rank and step [default: 1]
    #[arg(long, value_name = "N", value_parser = count::<u32>())]
    batch: Option<u32>,
    /// Tokens per sample or request, the answer included
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    sequence: Option<u32>,
    /// GPUs of a training run, or of one copy of a service [default: 1]
    #[arg(long, value_name = "N", value_parser = count::<u64>())]
    pub(super) gpus: Option<u64>,
    /// GPUs among which each matrix is cut [default: 1 in training, all in inference]
    #[arg(long, value_name = "N", value_parser = count::<u32>())]
    tensor_parallel: Option<u32>,
    /// GPUs among which the layers are dealt out [default: 1]
    #[arg(long, value_name = "N", value_parser = count::<u32>())]
    pipeline_parallel: Option<u32>,
    /// What one sample takes beside the model's own, for models without a shape: `2GiB`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    activation_per_sample: Option<Bytes>,
    /// Memory as measured at a batch size, for two sizes or more, instead of an estimate: `8=12GiB`
    #[arg(long, value_name = "BATCH=SIZE", value_parser = measurement)]
    measured_memory: Vec<(u32, Bytes)>,
}

/// What only inference has.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Inference")]
pub(super) struct InferenceArgs {
    /// Inference server; `vllm` reserves its workspace in its own way
    #[arg(long, value_name = "NAME")]
    runtime: Option<String>,
    /// Type of cached keys and values [default: that of the weights, 16 bits at least]
    #[arg(long, value_name = "TYPE", value_parser = word(CACHED, Dtype::from_name))]
    kv_dtype: Option<Dtype>,
    /// Most requests that the server works on at once [default: the server's]
    #[arg(long, value_name = "N", value_parser = count::<u32>())]
    max_sequences: Option<u32>,
    /// Most tokens of a forward pass [default: the server's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    max_batched_tokens: Option<u32>,
}

/// What only training has.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Training")]
pub(super) struct TrainingArgs {
    /// Which parameters are trained [default: full]
    #[arg(long, value_name = "METHOD", value_parser = word(Method::WORDS, Method::from_name))]
    method: Option<Method>,
    /// What keeps states for each of them [default: adamw]
    #[arg(long, value_name = "NAME")]
    #[arg(value_parser = word(Optimizer::WORDS, Optimizer::from_name))]
    optimizer: Option<Optimizer>,
    /// Types of weights, gradients and states [default: mixed]
    #[arg(long, value_name = "TYPES")]
    #[arg(value_parser = word(Precision::WORDS, Precision::from_name))]
    precision: Option<Precision>,
    /// What the ranks share among them [default: none]
    #[arg(long, value_name = "WAY")]
    #[arg(value_parser = word(Sharding::WORDS, Sharding::from_name))]
    sharding: Option<Sharding>,
    /// What is computed again in the backward pass [default: none]
    #[arg(long, value_name = "WHAT")]
    #[arg(value_parser = word(Recompute::WORDS, Recompute::from_name))]
    recompute: Option<Recompute>,
    /// How attention is computed [default: flash]
    #[arg(long, value_name = "WAY")]
    #[arg(value_parser = word(AttentionKernel::WORDS, AttentionKernel::from_name))]
    attention: Option<AttentionKernel>,
    /// What is kept in the host's memory; several with commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    #[arg(value_parser = word(Offload::WORDS, Offload::from_name))]
    offload: Vec<Offload>,
    /// Whether the model is compiled [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    compile: Option<bool>,
    /// Parts in which the loss is computed [default: 1]
    #[arg(long, value_name = "N", value_parser = count::<u32>())]
    loss_chunks: Option<u32>,
    /// Whether the weights change during the backward pass [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true")]
    fused_step: Option<bool>,
    /// Rank of the adapters of `lora` and `qlora` [default: 16]
    #[arg(long, value_name = "N", value_parser = count::<u32>())]
    lora_rank: Option<u32>,
    /// Matrices that get adapters [default: all]
    #[arg(long, value_name = "WHICH")]
    #[arg(value_parser = word(LoraTargets::WORDS, LoraTargets::from_name))]
    lora_targets: Option<LoraTargets>,
    /// Steps whose gradients are added up before the weights change [default: 1]
    #[arg(long, value_name = "N", value_parser = count::<u32>())]
    gradient_accumulation: Option<u32>,
}

/// All that can be said about how a model is used.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct UsageArgs {
    #[command(flatten)]
    pub(super) common: CommonArgs,
    #[command(flatten)]
    inference: InferenceArgs,
    #[command(flatten)]
    training: TrainingArgs,
}

impl UsageArgs {
    /// What a usage becomes with these arguments put over it. `who` uses the model so: "stage
    /// `serve`", or nothing where there is but one.
    ///
    /// # Errors
    ///
    /// `cli::usage` for arguments of the other purpose, and for those that contradict each other.
    pub(super) fn over(&self, known: Usage, who: &str) -> Result<Usage, Diagnostic> {
        match known {
            Usage::Inference(known) => {
                refuse(&self.training.given(), Purpose::Inference, who)?;
                Ok(Usage::Inference(self.serving(known)?))
            }
            Usage::Training(known) => {
                refuse(&self.inference.given(), Purpose::Training, who)?;
                let training = self.trained(known)?;
                self.training.check(&training)?;
                Ok(Usage::Training(training))
            }
        }
    }

    fn serving(&self, known: Serving) -> Result<Serving, Diagnostic> {
        let (common, own) = (&self.common, &self.inference);
        Ok(Serving {
            max_batch: common.batch.unwrap_or(known.max_batch),
            sequence: common.sequence.or(known.sequence),
            runtime: own.runtime.clone().or(known.runtime),
            kv_dtype: own.kv_dtype.or(known.kv_dtype),
            activation_per_sample: common.activation_per_sample.or(known.activation_per_sample),
            measured_memory: common.measured(known.measured_memory)?,
            tensor_parallel: common.tensor_parallel.or(known.tensor_parallel),
            pipeline_parallel: common.pipeline_parallel.unwrap_or(known.pipeline_parallel),
            max_sequences: own.max_sequences.or(known.max_sequences),
            max_batched_tokens: own.max_batched_tokens.or(known.max_batched_tokens),
            ..known
        })
    }

    fn trained(&self, known: Training) -> Result<Training, Diagnostic> {
        let (common, own) = (&self.common, &self.training);
        let mut offload = own.offload.clone();
        offload.sort_unstable();
        offload.dedup();
        Ok(Training {
            method: own.method.unwrap_or(known.method),
            optimizer: own.optimizer.unwrap_or(known.optimizer),
            precision: own.precision.unwrap_or(known.precision),
            sharding: own.sharding.unwrap_or(known.sharding),
            recompute: own.recompute.unwrap_or(known.recompute),
            attention: own.attention.unwrap_or(known.attention),
            offload: if offload.is_empty() {
                known.offload
            } else {
                offload
            },
            micro_batch: common.batch.unwrap_or(known.micro_batch),
            sequence: common.sequence.or(known.sequence),
            gradient_accumulation: own
                .gradient_accumulation
                .unwrap_or(known.gradient_accumulation),
            compile: own.compile.unwrap_or(known.compile),
            loss_chunks: own.loss_chunks.unwrap_or(known.loss_chunks),
            fused_step: own.fused_step.unwrap_or(known.fused_step),
            lora_rank: own.lora_rank.unwrap_or(known.lora_rank),
            lora_targets: own.lora_targets.unwrap_or(known.lora_targets),
            tensor_parallel: common.tensor_parallel.unwrap_or(known.tensor_parallel),
            pipeline_parallel: common.pipeline_parallel.unwrap_or(known.pipeline_parallel),
            activation_per_sample: common.activation_per_sample.or(known.activation_per_sample),
            measured_memory: common.measured(known.measured_memory)?,
            probe: known.probe,
            origin: known.origin,
        })
    }
}

impl CommonArgs {
    fn measured(&self, known: BTreeMap<u32, Bytes>) -> Result<BTreeMap<u32, Bytes>, Diagnostic> {
        let measured: BTreeMap<u32, Bytes> = self.measured_memory.iter().copied().collect();
        match measured.len() {
            0 => Ok(known),
            1 => {
                let detail =
                    "What each sample adds can only be told from measurements of two batch sizes.";
                Err(Diagnostic::error(&cli::USAGE)
                    .detail(detail)
                    .hint("give `--measured-memory` twice, with what two batch sizes took"))
            }
            _ if memory_falls(&measured) => {
                let detail = "More samples can't take less memory, and by `--measured-memory` the \
                              largest batch takes less than the smallest.";
                Err(Diagnostic::error(&cli::USAGE).detail(detail))
            }
            _ => Ok(measured),
        }
    }
}

impl InferenceArgs {
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("--runtime", self.runtime.is_some()),
            ("--kv-dtype", self.kv_dtype.is_some()),
            ("--max-sequences", self.max_sequences.is_some()),
            ("--max-batched-tokens", self.max_batched_tokens.is_some()),
        ];
        only_given(&all)
    }
}

impl TrainingArgs {
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("--method", self.method.is_some()),
            ("--optimizer", self.optimizer.is_some()),
            ("--precision", self.precision.is_some()),
            ("--sharding", self.sharding.is_some()),
            ("--recompute", self.recompute.is_some()),
            ("--attention", self.attention.is_some()),
            ("--offload", !self.offload.is_empty()),
            ("--compile", self.compile.is_some()),
            ("--loss-chunks", self.loss_chunks.is_some()),
            ("--fused-step", self.fused_step.is_some()),
            ("--lora-rank", self.lora_rank.is_some()),
            ("--lora-targets", self.lora_targets.is_some()),
            (
                "--gradient-accumulation",
                self.gradient_accumulation.is_some(),
            ),
        ];
        only_given(&all)
    }

    /// What would be read over without a word, as in a spec.
    fn check(&self, training: &Training) -> Result<(), Diagnostic> {
        let adapters = [
            ("--lora-rank", self.lora_rank.is_some()),
            ("--lora-targets", self.lora_targets.is_some()),
        ];
        let adapters = only_given(&adapters);
        if let (Method::Full, Some(name)) = (training.method, adapters.first()) {
            let detail = format!("`{name}` is of adapters, and all parameters are trained.");
            return Err(Diagnostic::error(&cli::USAGE)
                .detail(detail)
                .hint("give `--method lora` or `--method qlora` as well"));
        }
        if training.fused_step && training.gradient_accumulation > 1 {
            let detail = "Gradients that are added up over several steps must be kept, so the weights \
                          can't change during the backward pass: `--fused-step` and \
                          `--gradient-accumulation` exclude each other.";
            return Err(Diagnostic::error(&cli::USAGE).detail(detail));
        }
        Ok(())
    }
}

fn only_given(all: &[(&'static str, bool)]) -> Vec<&'static str> {
    let given = all.iter().filter(|(_, given)| *given);
    given.map(|(name, _)| *name).collect()
}

/// Refuses arguments that don't belong to a purpose.
fn refuse(given: &[&str], purpose: Purpose, who: &str) -> Result<(), Diagnostic> {
    let Some(name) = given.first() else {
        return Ok(());
    };
    let other = match purpose {
        Purpose::Inference => Purpose::Training,
        Purpose::Training => Purpose::Inference,
    };
    let (other, purpose) = (other.as_str(), purpose.as_str());
    let (subject, hint) = if who.is_empty() {
        ("this".to_owned(), format!("give `--for {other}` as well"))
    } else {
        let hint = format!("choose a stage with `--stage`, or give `--for {other}`");
        (who.to_owned(), hint)
    };
    let detail = format!("`{name}` is about {other}, and {subject} is {purpose}.");
    Err(Diagnostic::error(&cli::USAGE).detail(detail).hint(hint))
}

/// A service of which nothing is said: it answers one by one.
pub(super) fn plain_serving() -> Serving {
    Serving {
        mode: ServingMode::RealTime,
        max_batch: 1,
        sequence: None,
        runtime: None,
        engine: None,
        kv_dtype: None,
        activation_per_sample: None,
        measured_memory: BTreeMap::new(),
        tensor_parallel: None,
        pipeline_parallel: 1,
        max_sequences: None,
        max_batched_tokens: None,
        origin: Origin {
            file: FileId(0),
            start: 0,
            end: 0,
        },
    }
}
