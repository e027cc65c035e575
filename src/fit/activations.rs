//! What the layers of a transformer keep for the backward pass.
//!
//! Counted tensor by tensor, as in "Reducing Activation Recomputation in Large Transformer Models"
//! (Korthikanti et al., 2022), section 4: each matrix product keeps its inputs, a norm its input, a
//! gate and an activation function theirs, dropout its mask. For a layer of that paper (no gate, four
//! times as wide inside, dropout, 16 bits) this gives its `s·b·h·(34 + 5·a·s/h)`, and with tensor
//! parallelism its `s·b·h·(10 + 24/t + 5·a·s/(h·t))`; for a modern decoder in 16 bits
//! `2·b·s·(4h + 2ad + 2kd + 4I)`.

use super::arithmetic::{product, share, sum};
use crate::model::{Architecture, AttentionKernel, Precision, Recompute, Training};

/// Bytes that one layer keeps of one micro-batch, on one GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer {
    /// All that it keeps when nothing is computed again.
    pub(super) whole: u64,
    /// What it keeps with the recomputation that was asked for.
    pub(super) kept: u64,
}

pub(super) fn of_layer(shape: &Architecture, training: &Training, tensor: u64) -> Layer {
    let tokens =
        u64::from(training.micro_batch).saturating_mul(u64::from(training.sequence.unwrap_or(0)));
    let per_token = without_scores(shape, training, tensor);
    let scores = match training.attention {
        AttentionKernel::Flash => 0,
        AttentionKernel::Eager => scores(shape, training, tensor),
    };
    let whole = product(&[tokens, per_token.saturating_add(scores)]);
    let kept = match training.recompute {
        Recompute::None => whole,
        Recompute::Selective => product(&[tokens, per_token]),
        Recompute::Full => product(&[tokens, shape.hidden, size(training.precision)]),
    };
    Layer { whole, kept }
}

/// Bytes of a number on its way through the layers.
const fn size(precision: Precision) -> u64 {
    match precision {
        Precision::Fp32 => 4,
        Precision::Mixed | Precision::Amp | Precision::Bf16 => 2,
    }
}

/// Bytes per token of all but the attention scores.
fn without_scores(shape: &Architecture, training: &Training, tensor: u64) -> u64 {
    let (hidden, size) = (shape.hidden, size(training.precision));
    let active = shape.experts.map_or(1, |experts| experts.active.max(1));
    // Under autocast the stream between the layers stays in 32 bits.
    let stream = if training.precision == Precision::Amp {
        4
    } else {
        size
    };
    let norms = product(&[2, hidden, stream]);
    // Attention has one input, and each active expert a copy of its own.
    let inputs = product(&[active.saturating_add(1), hidden, size]);
    let masks = if shape.dropout {
        product(&[2, hidden])
    } else {
        0
    };
    let attention = sum([
        product(&[2, shape.heads, shape.head_dim]),
        product(&[2, shape.kv_heads, shape.head_dim]),
    ]);
    // With a gate: both halves, the activated one and the product. Without: before and after.
    let inner = product(&[if shape.gated { 4 } else { 2 }, shape.ffn, active]);
    let cut = attention.saturating_add(inner).saturating_mul(size);
    sum([
        norms,
        inputs,
        masks,
        copies(shape, training),
        share(cut, 1, tensor),
    ])
}

/// 32-bit copies that a root-mean-square norm makes of its input, when nothing fuses them away.
/// Decoders with a gate have such norms; layer norms are one kernel.
fn copies(shape: &Architecture, training: &Training) -> u64 {
    let half = matches!(training.precision, Precision::Bf16 | Precision::Mixed);
    if shape.gated && half && !training.compile {
        product(&[2, 4, shape.hidden])
    } else {
        0
    }
}

/// Bytes per token of attention scores that are kept: for each head and each token looked at.
///
/// With dropout: the softmax's output, the mask, and what dropout gives (5 B in 16 bits, 9 B in 32).
/// Autocast, and decoders without dropout, compute the softmax in 32 bits and keep a 16-bit copy too.
fn scores(shape: &Architecture, training: &Training, tensor: u64) -> u64 {
    let each = match (training.precision, shape.dropout) {
        (Precision::Fp32, true) => 9,
        (Precision::Fp32, false) => 4,
        (Precision::Amp, true) => 11,
        (Precision::Mixed | Precision::Bf16, true) => 5,
        (_, false) => 6,
    };
    let sequence = u64::from(training.sequence.unwrap_or(0));
    share(product(&[each, shape.heads, sequence]), 1, tensor)
}

/// Bytes that the loss takes: scores over the vocabulary in several types, and their gradients.
///
/// 14 B per token and word: 16-bit scores, a 32-bit copy, its logarithm and the gradient. A compiler
/// fuses one of them away; in parts, only one part is there at a time. In 32 bits, no copy is needed.
pub(super) fn logits(shape: &Architecture, training: &Training, tensor: u64) -> u64 {
    if !shape.generates {
        return 0;
    }
    let chunks = u64::from(training.loss_chunks.max(1));
    let each = match (training.precision, training.compile && chunks == 1) {
        (Precision::Fp32, _) => 12,
        (_, true) => 10,
        (_, false) => 14,
    };
    let tokens =
        u64::from(training.micro_batch).saturating_mul(u64::from(training.sequence.unwrap_or(0)));
    let tensor = tensor.saturating_mul(chunks);
    share(product(&[tokens, shape.vocab, each]), 1, tensor)
}
