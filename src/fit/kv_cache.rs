//! Keys and values of the tokens that a model has seen.

use super::arithmetic::{product, share, sum};
use super::subject::Parallel;
use crate::model::{Architecture, Dtype};

/// Tokens in a block: servers hand out the cache in blocks (vLLM's default).
const BLOCK: u64 = 16;

/// Bytes that one token takes in all layers of a model, on all GPUs together: `2 · L · k · d · B`.
///
/// Every key-value head has a key and a value of `head_dim` numbers in each layer (PagedAttention,
/// section 3, has 800 KiB for OPT-13B). Latent attention keeps one compressed vector instead
/// (DeepSeek-V2, section 2.1).
#[must_use]
pub fn bytes_per_token(shape: &Architecture, dtype: Dtype) -> u64 {
    let (numerator, denominator) = dtype.bytes();
    share(
        values(shape).saturating_mul(shape.layers),
        numerator,
        denominator,
    )
}

/// Values of one token in one layer.
fn values(shape: &Architecture) -> u64 {
    shape
        .kv_latent
        .unwrap_or_else(|| product(&[2, shape.kv_heads, shape.head_dim]))
}

/// Bytes of one GPU for so many sequences of so many tokens.
///
/// Heads are dealt out among tensor-parallel GPUs while there are enough; beyond that, each holds
/// one. A latent vector is needed by all heads, so every GPU holds it. Layers with a window keep no
/// more tokens than it has.
pub(super) fn bytes(
    shape: &Architecture,
    dtype: Dtype,
    (sequences, tokens): (u64, u64),
    parallel: Parallel,
) -> u64 {
    let (numerator, denominator) = dtype.bytes();
    let here = match shape.kv_latent {
        Some(latent) => latent,
        None => product(&[2, shape.kv_heads.div_ceil(parallel.tensor), shape.head_dim]),
    };
    let (windowed, window) = shape.window.map_or((0, 0), |w| (w.layers, w.tokens));
    let windowed = windowed.min(shape.layers);
    let kept = sum([
        product(&[shape.layers - windowed, in_blocks(tokens)]),
        product(&[windowed, in_blocks(tokens.min(window))]),
    ]);
    let values = product(&[here, kept, sequences]);
    share(
        values,
        numerator,
        denominator.saturating_mul(parallel.pipeline),
    )
}

const fn in_blocks(tokens: u64) -> u64 {
    tokens.div_ceil(BLOCK).saturating_mul(BLOCK)
}

/// The type of cached keys and values when none is given: that of the weights, but 16 bits at least:
/// quantised checkpoints compute in 16 bits.
pub(super) const fn default_dtype(weights: Dtype) -> Dtype {
    match weights {
        Dtype::Fp32 | Dtype::Tf32 => Dtype::Fp32,
        _ => Dtype::Bf16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Window;

    /// Llama-3-8B: 2 · 32 · 8 · 128 · 2 B = 131,072 B a token.
    fn llama() -> Architecture {
        Architecture {
            layers: 32,
            hidden: 4096,
            heads: 32,
            kv_heads: 8,
            head_dim: 128,
            ffn: 14336,
            vocab: 128_256,
            gated: true,
            tied_embeddings: false,
            generates: true,
            dropout: false,
            experts: None,
            kv_latent: None,
            window: None,
        }
    }

    const fn over(tensor: u64, pipeline: u64) -> Parallel {
        Parallel {
            tensor,
            pipeline,
            data: 1,
        }
    }

    const TOKEN: u64 = 131_072;

    #[track_caller]
    fn check(shape: &Architecture, load: (u64, u64), parallel: Parallel, tokens: u64) {
        assert_eq!(bytes(shape, Dtype::Bf16, load, parallel), tokens * TOKEN);
    }

    #[test]
    fn each_sequence_takes_whole_blocks_of_16_tokens() {
        check(&llama(), (3, 17), Parallel::ONE, 3 * 32);
    }

    #[test]
    fn heads_are_dealt_out_while_there_are_enough() {
        check(&llama(), (1, 1024), over(4, 1), 1024 / 4);
        check(&llama(), (1, 1024), over(8, 1), 1024 / 8);
        check(&llama(), (1, 1024), over(16, 1), 1024 / 8);
        check(&llama(), (1, 1024), over(1, 2), 1024 / 2);
    }

    #[test]
    fn layers_with_a_window_keep_no_more_than_it() {
        let window = Some(Window {
            tokens: 128,
            layers: 16,
        });
        let shape = Architecture { window, ..llama() };
        check(&shape, (1, 1024), Parallel::ONE, (1024 + 128) / 2);
    }

    #[test]
    fn a_latent_vector_is_on_every_gpu() {
        let shape = Architecture {
            kv_latent: Some(576),
            ..llama()
        };
        assert_eq!(bytes_per_token(&shape, Dtype::Bf16), 576 * 32 * 2);
        let bytes = bytes(&shape, Dtype::Bf16, (1, 16), over(8, 1));
        assert_eq!(bytes, 16 * 576 * 32 * 2);
    }
}
