use std::collections::BTreeMap;

use serde::Serialize;

use super::words::words;
use super::{Origin, Written};
use crate::units::Bytes;

/// A `training` block; read by the memory estimate.
#[derive(Debug, Clone, Serialize)]
pub struct Training {
    /// Which parameters are trained.
    pub method: Method,
    /// What keeps states for each of them.
    pub optimizer: Optimizer,
    /// In which types weights, gradients and states are kept.
    pub precision: Precision,
    /// What the ranks of a run share among them.
    pub sharding: Sharding,
    /// What is computed again in the backward pass instead of kept.
    pub recompute: Recompute,
    /// How attention is computed.
    pub attention: AttentionKernel,
    /// What is kept in the host's memory.
    pub offload: Vec<Offload>,
    /// Samples per rank and step.
    pub micro_batch: u32,
    /// Tokens per sample.
    pub sequence: Option<u32>,
    /// Steps whose gradients are added up before the weights change.
    pub gradient_accumulation: u32,
    /// Whether the model is compiled, which fuses norms and the loss.
    pub compile: bool,
    /// Parts in which the loss is computed.
    pub loss_chunks: u32,
    /// Whether the weights change during the backward pass, so that gradients needn't be kept.
    pub fused_step: bool,
    /// Rank of the adapters of `lora` and `qlora`.
    pub lora_rank: u32,
    /// Matrices that get adapters.
    pub lora_targets: LoraTargets,
    /// GPUs among which each matrix is cut.
    pub tensor_parallel: u32,
    /// GPUs among which the layers are dealt out.
    pub pipeline_parallel: u32,
    /// What one sample takes beside the model's own memory; for models without a known shape.
    pub activation_per_sample: Option<Bytes>,
    /// Memory of one GPU as measured, by micro-batch; two sizes at least, or none.
    pub measured_memory: BTreeMap<u32, Bytes>,
    /// A command that tries a few steps on a node, for GPUs that are only just large enough.
    pub probe: Option<Written<Vec<String>>>,
    #[serde(skip)]
    /// Where it was written; nowhere when it comes from the command line.
    pub origin: Option<Origin>,
}

/// Whether memory measured at batch sizes says that the largest batch takes less than the smallest,
/// which no batch does.
#[must_use]
pub fn memory_falls(measured: &BTreeMap<u32, Bytes>) -> bool {
    let (first, last) = (measured.first_key_value(), measured.last_key_value());
    last.map(|(_, bytes)| bytes) < first.map(|(_, bytes)| bytes)
}

impl Default for Training {
    /// What a `training` block without arguments says.
    fn default() -> Self {
        Self {
            method: Method::Full,
            optimizer: Optimizer::AdamW,
            precision: Precision::Mixed,
            sharding: Sharding::None,
            recompute: Recompute::None,
            attention: AttentionKernel::Flash,
            offload: Vec::new(),
            micro_batch: 1,
            sequence: None,
            gradient_accumulation: 1,
            compile: false,
            loss_chunks: 1,
            fused_step: false,
            lora_rank: 16,
            lora_targets: LoraTargets::All,
            tensor_parallel: 1,
            pipeline_parallel: 1,
            activation_per_sample: None,
            measured_memory: BTreeMap::new(),
            probe: None,
            origin: None,
        }
    }
}

words! {
    /// Which parameters are trained.
    Method {
        /// All.
        Full = "full",
        /// Adapters beside frozen weights.
        Lora = "lora",
        /// Adapters beside frozen weights in 4 bits.
        Qlora = "qlora",
    }
}

words! {
    /// What keeps states for each trained parameter.
    Optimizer {
        /// Two moments, with decoupled weight decay.
        AdamW = "adamw",
        /// Two moments.
        Adam = "adam",
        /// Two moments in 8 bits each.
        AdamW8bit = "adamw-8bit",
        /// Sums of rows and columns.
        Adafactor = "adafactor",
        /// One moment.
        Lion = "lion",
        /// One moment.
        Sgd = "sgd",
    }
}

words! {
    /// In which types weights, gradients and states are kept.
    Precision {
        /// 16-bit weights and gradients, 32-bit master weights and states: 16 bytes with Adam.
        Mixed = "mixed",
        /// 32-bit weights, gradients and states, and 16-bit copies of the weights (autocast): 18
        /// bytes with Adam.
        Amp = "amp",
        /// All in 16 bits: 8 bytes with Adam.
        Bf16 = "bf16",
        /// All in 32 bits: 16 bytes with Adam.
        Fp32 = "fp32",
    }
}

words! {
    /// What data-parallel ranks share among them.
    Sharding {
        /// Nothing: each has all.
        None = "none",
        /// The optimiser's states.
        Zero1 = "zero1",
        /// States and gradients.
        Zero2 = "zero2",
        /// States, gradients and weights.
        Zero3 = "zero3",
        /// The same, in PyTorch.
        Fsdp = "fsdp",
        /// ZeRO-2 with the larger buffers that DeepSpeed's own estimate counts.
        DeepSpeedZero2 = "deepspeed-zero2",
        /// ZeRO-3 with the larger buffers that DeepSpeed's own estimate counts.
        DeepSpeedZero3 = "deepspeed-zero3",
    }
}

words! {
    /// What is computed again in the backward pass instead of kept.
    Recompute {
        /// Nothing.
        None = "none",
        /// The attention scores.
        Selective = "selective",
        /// All of a layer but its input.
        Full = "full",
    }
}

words! {
    /// How attention is computed.
    AttentionKernel {
        /// In tiles that are never kept: FlashAttention, SDPA.
        Flash = "flash",
        /// With all scores in memory.
        Eager = "eager",
    }
}

words! {
    /// What is kept in the host's memory.
    Offload {
        /// What layers keep for the backward pass.
        Activations = "activations",
        /// The optimiser's states.
        Optimizer = "optimizer",
        /// Weights, brought in layer by layer.
        Parameters = "parameters",
    }
}

words! {
    /// Matrices that get adapters.
    LoraTargets {
        /// All of attention and of the feed-forward part.
        All = "all",
        /// All of attention.
        Attention = "attention",
        /// Queries and values.
        QueryValue = "query-value",
    }
}
