use serde::Serialize;

use super::Origin;
use super::words::words;
use crate::units::Parameters;

/// A model that stages train or serve.
#[derive(Debug, Clone, Serialize)]
pub struct MlModel {
    /// Number of parameters.
    pub parameters: Parameters,
    /// Type of its weights.
    pub dtype: Dtype,
    /// Its shape, for memory estimates.
    pub architecture: Option<Architecture>,
    /// Which of its parameters are of what kind.
    pub census: Census,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

words! {
    /// Type of weights, or of cached keys and values.
    Dtype {
        /// 32-bit floating point.
        Fp32 = "fp32",
        /// 32-bit floating point, multiplied with 19 bits of it.
        Tf32 = "tf32",
        /// 16-bit brain floating point.
        Bf16 = "bf16",
        /// 16-bit floating point.
        Fp16 = "fp16",
        /// 8-bit floating point.
        Fp8 = "fp8",
        /// 8-bit integers.
        Int8 = "int8",
        /// 4-bit integers with a scale for each group.
        Int4 = "int4",
        /// 4-bit normal floats with scales in 8 bits, as in QLoRA.
        Nf4 = "nf4",
        /// 4-bit floats with a scale for each 32 values, in the experts alone.
        Mxfp4 = "mxfp4",
    }
}

/// The shape of a transformer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Architecture {
    /// Layers, L; of an encoder and a decoder together.
    pub layers: u64,
    /// Hidden size, h.
    pub hidden: u64,
    /// Attention heads, a.
    pub heads: u64,
    /// Key-value heads, k; `heads` when not given.
    pub kv_heads: u64,
    /// Size of a head, d; `hidden / heads` when not given.
    pub head_dim: u64,
    /// Inner size of the feed-forward part, I; of one expert where there are experts.
    pub ffn: u64,
    /// Vocabulary, V.
    pub vocab: u64,
    /// Whether the feed-forward part has a gate, and so three matrices instead of two.
    pub gated: bool,
    /// Whether the output head is the embedding's matrix.
    pub tied_embeddings: bool,
    /// Whether it generates: keeps keys and values, and gives a distribution over the vocabulary.
    pub generates: bool,
    /// Whether dropout is used in training, so that its masks are kept.
    pub dropout: bool,
    /// Its experts, where the feed-forward part is a choice of some.
    pub experts: Option<Experts>,
    /// Values kept for each token and layer instead of keys and values (latent attention).
    pub kv_latent: Option<u64>,
    /// Layers that look back only so far.
    pub window: Option<Window>,
}

impl Architecture {
    /// What no transformer can be, in a sentence: `None` for a shape that is one.
    #[must_use]
    pub fn contradiction(&self) -> Option<String> {
        let (heads, shared) = (self.heads, self.kv_heads);
        if shared == 0 || !heads.is_multiple_of(shared) {
            return Some(format!(
                "{heads} attention heads can't share {shared} key-value heads evenly."
            ));
        }
        let Experts { count, active } = self.experts?;
        (active > count).then(|| format!("{active} of {count} experts can't work on one token."))
    }
}

/// Experts of a mixture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Experts {
    /// How many there are in a layer; all are in memory.
    pub count: u64,
    /// How many work on one token, shared ones included.
    pub active: u64,
}

/// Layers whose attention is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Window {
    /// How many tokens they look back.
    pub tokens: u64,
    /// How many layers do.
    pub layers: u64,
}

/// Which of a model's parameters are of what kind: quantised formats and adapters treat them
/// differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Census {
    /// All of them.
    pub total: u64,
    /// In embeddings and an output head of its own; 16-bit in quantised checkpoints.
    pub embeddings: u64,
    /// In the matrices of all layers, experts included.
    pub linear: u64,
    /// In the matrices of experts.
    pub experts: u64,
    /// In the largest layer.
    pub layer: u64,
    /// In the largest tensor.
    pub tensor: u64,
}

impl Census {
    /// Of so many parameters in a model of that shape: embeddings and experts by the shape, and all
    /// the rest taken as linear. Norms and biases are less than 0.1 % of a model.
    ///
    /// Without a shape all parameters are taken as linear, in one layer.
    #[must_use]
    pub fn of(parameters: Parameters, shape: Option<&Architecture>) -> Self {
        let total = parameters.get();
        let Some(shape) = shape else {
            return Self {
                total,
                embeddings: 0,
                linear: total,
                experts: 0,
                layer: total,
                tensor: total,
            };
        };
        let table = shape.vocab.saturating_mul(shape.hidden);
        let tables = if shape.tied_embeddings || !shape.generates {
            1
        } else {
            2
        };
        let embeddings = table.saturating_mul(tables).min(total);
        let linear = total - embeddings;
        let matrix = shape.hidden.saturating_mul(shape.ffn);
        let feed_forward = matrix.saturating_mul(if shape.gated { 3 } else { 2 });
        let experts = shape.experts.map_or(0, |experts| {
            let all = feed_forward.saturating_mul(experts.count);
            all.saturating_mul(shape.layers).min(linear)
        });
        Self {
            total,
            embeddings,
            linear,
            experts,
            layer: linear.div_ceil(shape.layers.max(1)),
            tensor: table.max(matrix).min(total),
        }
    }
}
