//! What the layers of a transformer keep for the backward pass.
//!
//! Counted tensor by tensor, as in "Reducing Activation Recomputation in Large Transformer Models"
//! (Korthikanti et al., 2022), section 4: each matrix product keeps its inputs, a norm its input, a
//! gate and an activation function theirs, dropout its mask. For a layer of that paper (no gate, four
//! times as wide inside, dropout, 16 bits) this gives its `s·b·h·(34 + 5·a·s/h)`, and with tensor
//! parallelism its `s·b·h·(10 + 24/t + 5·a·s/(h·t))`; for a modern decoder in 16 bits
//! `2·b·s·(4h + 2ad + 2kd + 4I)`.

use super::arithmetic::{product, share, sum};
use crate::model::{
    Architecture, AttentionKernel, LoraTargets, Method, Precision, Recompute, Sharding, Training,
};

/// Bytes that one layer keeps of one micro-batch, on one GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layer {
    /// All that it keeps when nothing is computed again.
    pub(super) whole: u64,
    /// What it keeps with the recomputation that was asked for.
    pub(super) kept: u64,
    /// Most gradients that are there at once while it goes back.
    pub(super) gradients: u64,
}

pub(super) fn of_layer(shape: &Architecture, training: &Training, tensor: u64) -> Layer {
    let tokens =
        u64::from(training.micro_batch).saturating_mul(u64::from(training.sequence.unwrap_or(0)));
    let per_token = without_scores(shape, training, tensor);
    let (scores, their_gradients) = match training.attention {
        AttentionKernel::Flash => (0, 0),
        AttentionKernel::Eager => scores(shape, training, tensor),
    };
    let whole = product(&[tokens, per_token.saturating_add(scores)]);
    let kept = match training.recompute {
        Recompute::None => whole,
        Recompute::Selective => product(&[tokens, per_token]),
        Recompute::Full => product(&[tokens, shape.hidden, stream(training)]),
    };
    let gradients = gradients(shape, training, tensor, their_gradients);
    Layer {
        whole,
        kept,
        gradients: product(&[tokens, gradients]),
    }
}

/// Whether 4-bit weights stand in a model that is otherwise in 32 bits. So leaves it PEFT's
/// `prepare_model_for_kbit_training`, which training under autocast begins with; compressed layers
/// then give their results in the type of their inputs, and all goes through the layers in 32 bits.
pub(super) fn wide(training: &Training) -> bool {
    training.method == Method::Qlora
        && matches!(training.precision, Precision::Amp | Precision::Fp32)
}

/// Bytes of a number on its way through the matrices.
fn size(training: &Training) -> u64 {
    match training.precision {
        _ if wide(training) => 4,
        Precision::Fp32 => 4,
        Precision::Mixed | Precision::Amp | Precision::Bf16 => 2,
    }
}

/// Bytes of a number on its way from layer to layer. Under autocast it stays in 32 bits, unless the
/// weights are in 16: embeddings have the type of the weights.
fn stream(training: &Training) -> u64 {
    match (training.method, training.precision) {
        (Method::Full, Precision::Amp) => 4,
        _ => size(training),
    }
}

/// Bytes per token of all but the attention scores.
fn without_scores(shape: &Architecture, training: &Training, tensor: u64) -> u64 {
    let (hidden, size) = (shape.hidden, size(training));
    let active = shape.experts.map_or(1, |experts| experts.active.max(1));
    let norms = product(&[2, hidden, stream(training)]);
    // Attention has one input, and each active expert a copy of its own. A frozen matrix passes
    // gradients on without its input; one with an adapter beside it needs it, and bitsandbytes
    // before 0.43.2 kept those of all compressed ones.
    let frozen = training.method == Method::Lora && training.lora_targets != LoraTargets::All;
    let fed = if frozen { 1 } else { active.saturating_add(1) };
    let inputs = product(&[fed, hidden, size]);
    let masks = if shape.dropout {
        product(&[2, hidden, mask(training)])
    } else {
        0
    };
    let attention = sum([
        product(&[2, shape.heads, shape.head_dim]),
        product(&[2, shape.kv_heads, shape.head_dim]),
    ]);
    // With a gate: both halves, the activated one and the product, which only the last matrix reads.
    // Without: before and after.
    let kept = if shape.gated { 4 } else { 2 } - u64::from(frozen);
    let inner = product(&[kept, shape.ffn, active]);
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

/// Bytes of dropout's mask for each number. The paper counts one. What was measured of BERT-large
/// in 32 bits (2,089 MiB a sample) is met by a mask in the type of what it is multiplied with, and
/// missed by 17 % with one byte.
fn mask(training: &Training) -> u64 {
    match training.precision {
        Precision::Mixed | Precision::Bf16 => 1,
        Precision::Amp | Precision::Fp32 => size(training),
    }
}

/// Bytes per token of attention scores that are kept, for each head and each token looked at, and of
/// their gradients.
///
/// Kept are the softmax's output and, with dropout, its mask and what it gives: 5 B in 16 bits (as in
/// the paper), 12 B in 32. Autocast, and decoders without dropout, compute the softmax in 32 bits and
/// keep a 16-bit copy for the next product. Going back, the gradients of the product and of what goes
/// into the softmax and comes out of it are there at once: with what is kept, 16 B in 16 bits without
/// dropout, where 15 were measured (fitcheck-llm's runs on a T4).
fn scores(shape: &Architecture, training: &Training, tensor: u64) -> (u64, u64) {
    let (kept, gradients) = match (training.precision, shape.dropout) {
        (_, false) if size(training) == 4 => (4, 12),
        (Precision::Fp32, _) => (12, 12),
        (Precision::Amp, true) => (10, 10),
        (Precision::Mixed | Precision::Bf16, true) => (5, 6),
        (_, false) => (6, 10),
    };
    let sequence = u64::from(training.sequence.unwrap_or(0));
    let of = |each| share(product(&[each, shape.heads, sequence]), 1, tensor);
    (of(kept), of(gradients))
}

/// Bytes per token of the gradients that are there at once: of the feed-forward part, those of what
/// goes into the activation function or gate and comes out, or of attention, those of queries, keys,
/// values and the scores; beside that of the layer's output.
fn gradients(shape: &Architecture, training: &Training, tensor: u64, scores: u64) -> u64 {
    let size = size(training);
    let active = shape.experts.map_or(1, |experts| experts.active.max(1));
    let inner = product(&[2, shape.ffn, active, size]);
    let heads = sum([shape.heads, product(&[2, shape.kv_heads])]);
    let attention = product(&[heads, shape.head_dim, size]);
    sum([
        product(&[shape.hidden, size]),
        share(inner, 1, tensor).max(share(attention, 1, tensor).saturating_add(scores)),
    ])
}

/// Bytes that the loss takes: scores over the vocabulary in several types, and their gradients.
///
/// 14 B per token and word: 16-bit scores, and in 32 bits the logarithm of their softmax, its gradient
/// and theirs. A compiler fuses one of them away; in parts, only one part is there at a time. With
/// scores in 32 bits it is 16 B. FSDP as Accelerate sets it up casts what a model gives to 32 bits and
/// keeps both, unless the loss is compiled or in parts: 4 B more, as measured of Mistral-7B.
pub(super) fn logits(shape: &Architecture, training: &Training, tensor: u64) -> u64 {
    if !shape.generates {
        return 0;
    }
    let chunks = u64::from(training.loss_chunks.max(1));
    let wide = training.precision == Precision::Fp32 || wide(training);
    let scores = if wide { 4 } else { 2 };
    let alone = chunks == 1 && !training.compile;
    let rest = if training.compile && chunks == 1 {
        8
    } else {
        12
    };
    let both = alone && training.sharding == Sharding::Fsdp;
    let cast = if both { 4 } else { 0 };
    let each = scores + rest + cast;
    let tokens =
        u64::from(training.micro_batch).saturating_mul(u64::from(training.sequence.unwrap_or(0)));
    let tensor = tensor.saturating_mul(chunks);
    share(product(&[tokens, shape.vocab, each]), 1, tensor)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer of the paper: no gate, four times as wide inside, dropout; h = 1024, a = 16.
    fn classic() -> Architecture {
        Architecture {
            layers: 24,
            hidden: 1024,
            heads: 16,
            kv_heads: 16,
            head_dim: 64,
            ffn: 4096,
            vocab: 50_000,
            gated: false,
            tied_embeddings: false,
            generates: true,
            dropout: true,
            experts: None,
            kv_latent: None,
            window: None,
        }
    }

    /// b = 2, s = 512, in 16 bits, with all scores in memory.
    fn eager() -> Training {
        Training {
            micro_batch: 2,
            sequence: Some(512),
            attention: AttentionKernel::Eager,
            ..Training::default()
        }
    }

    const SBH: u64 = 512 * 2 * 1024;

    #[test]
    fn a_layer_of_the_paper_keeps_what_the_paper_says() {
        // 34 + 5·a·s/h = 34 + 5·16·512/1024 = 74
        assert_eq!(of_layer(&classic(), &eager(), 1).whole, SBH * 74);
    }

    #[test]
    fn tensor_parallelism_cuts_what_the_paper_says() {
        // 10 + 24/t + 5·a·s/(h·t) = 10 + 24/4 + 40/4 = 26
        assert_eq!(of_layer(&classic(), &eager(), 4).whole, SBH * 26);
    }

    #[test]
    fn selective_recomputation_keeps_all_but_the_scores_and_full_the_input_alone() {
        let kept = |recompute| {
            let how = Training {
                recompute,
                ..eager()
            };
            of_layer(&classic(), &how, 1).kept
        };
        assert_eq!(kept(Recompute::Selective), SBH * 34);
        assert_eq!(kept(Recompute::Full), SBH * 2);
    }

    #[test]
    fn a_compiled_decoder_keeps_what_its_matrices_and_norms_read() {
        let decoder = Architecture {
            kv_heads: 4,
            gated: true,
            dropout: false,
            ffn: 2816,
            ..classic()
        };
        let how = Training {
            attention: AttentionKernel::Flash,
            compile: true,
            ..eager()
        };
        // 2·b·s·(4h + 2ad + 2kd + 4I)
        let each = 4 * 1024 + 2 * 16 * 64 + 2 * 4 * 64 + 4 * 2816;
        assert_eq!(of_layer(&decoder, &how, 1).whole, 2 * 2 * 512 * each);
        // A root-mean-square norm that nothing fuses keeps a 32-bit copy: 4h for each of two.
        let plain = Training {
            compile: false,
            ..how
        };
        let copies = 512 * 2 * 8 * 1024;
        let whole = of_layer(&decoder, &plain, 1).whole;
        assert_eq!(whole, 2 * 2 * 512 * each + copies);
    }

    #[test]
    fn the_loss_takes_14_bytes_a_word_10_compiled_and_a_part_at_a_time_in_parts() {
        let words = 2 * 512 * 50_000;
        let bytes = |compile, loss_chunks| {
            let how = Training {
                compile,
                loss_chunks,
                ..eager()
            };
            logits(&classic(), &how, 1)
        };
        assert_eq!(bytes(false, 1), words * 14);
        assert_eq!(bytes(true, 1), words * 10);
        assert_eq!(bytes(true, 8), words * 14 / 8);
        let encoder = Architecture {
            generates: false,
            ..classic()
        };
        assert_eq!(logits(&encoder, &eager(), 1), 0);
    }

    #[test]
    fn in_32_bits_masks_are_as_wide_as_what_they_hide() {
        let how = Training {
            precision: Precision::Fp32,
            ..eager()
        };
        // 16 numbers, 16 of the feed-forward part and two masks of 4 B, and 12 B for each score.
        let layer = of_layer(&classic(), &how, 1);
        assert_eq!(layer.whole, SBH * (4 * 18 + 12 * 16 * 512 / 1024));
        // Of the layer, queries, keys and values, and 12 B for each score.
        assert_eq!(layer.gradients, SBH * (4 * 4 + 12 * 16 * 512 / 1024));
    }

    #[test]
    fn compressed_layers_under_autocast_pass_32_bits_on() {
        let how = |precision| Training {
            method: Method::Qlora,
            recompute: Recompute::Full,
            precision,
            ..eager()
        };
        let kept = |precision| of_layer(&classic(), &how(precision), 1).kept;
        assert_eq!(kept(Precision::Bf16), SBH * 2);
        assert_eq!(kept(Precision::Amp), SBH * 4);
        let words = 2 * 512 * 50_000;
        assert_eq!(logits(&classic(), &how(Precision::Amp), 1), words * 16);
    }

    #[test]
    fn absurd_numbers_give_an_absurd_size_and_no_overflow() {
        let absurd = Architecture {
            hidden: u64::MAX,
            heads: u64::MAX,
            ..classic()
        };
        assert_eq!(of_layer(&absurd, &eager(), 1).whole, u64::MAX);
    }
}
