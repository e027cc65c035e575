//! The shape that a configuration describes, under the names that its family has for it.

use serde_json::Value;

use super::config::ConfigError;
use super::count::{Expertise, Latent, Shape};
use super::family::{Attention, Body, Family, Flag, Windows};
use super::keys::Keys;
use crate::model::{Architecture, Experts, Window};

/// More than any model has; a mistake or mischief beyond.
const MOST_LAYERS: u64 = 100_000;

pub(super) const POSITIONS: &[&str] = &[
    "max_position_embeddings",
    "n_positions",
    "n_ctx",
    "seq_length",
];
const HIDDEN: &[&str] = &["hidden_size", "n_embd", "n_embed", "d_model", "dim"];
const HEADS: &[&str] = &["num_attention_heads", "n_head", "n_heads", "num_heads"];
const FFN: &[&str] = &[
    "intermediate_size",
    "ffn_dim",
    "n_inner",
    "d_ff",
    "hidden_dim",
    "ffn_hidden_size",
];
const DROPOUT: &[&str] = &[
    "dropout",
    "dropout_rate",
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "resid_pdrop",
    "attn_pdrop",
    "attention_dropout",
    "hidden_dropout",
];

/// Reads the shape: of `keys`, the part for text, and of `whole`, the whole configuration.
pub(super) fn shape(
    keys: &Keys<'_>,
    whole: &Keys<'_>,
    family: &'static Family,
) -> Result<Shape, ConfigError> {
    let flag = |flag: Flag| match flag {
        Flag::No => Ok(false),
        Flag::Yes => Ok(true),
        Flag::Key(key, default) => keys.flag(key, default),
        Flag::Word(key, start) => {
            let word = keys.word(&[key])?;
            Ok(word.is_some_and(|word| word.starts_with(start)))
        }
    };
    let layers = keys.dimension(&["num_hidden_layers", "n_layer", "n_layers", "num_layers"])?;
    if layers > MOST_LAYERS {
        return Err(ConfigError::number("num_hidden_layers", layers));
    }
    let decoders = match family.body {
        Body::EncoderDecoder => keys
            .optional_dimension(&["num_decoder_layers"])?
            .unwrap_or(layers),
        _ => 0,
    };
    if decoders > MOST_LAYERS {
        return Err(ConfigError::number("num_decoder_layers", decoders));
    }
    let expertise = expertise(keys, family, layers)?;
    let hidden = keys.dimension(HIDDEN)?;
    let dense = match keys.optional_dimension(FFN)? {
        Some(size) => size,
        // Families of GPT-2's time may leave it to be four times the hidden size.
        None if !matches!(family.gated, Flag::Yes) => hidden.saturating_mul(4),
        None => return Err(ConfigError::Missing { key: FFN[0] }),
    };
    let architecture = architecture(keys, whole, family, layers, expertise.as_ref())?;
    let wide = keys.optional_dimension(&["intermediate_size_mlp"])?;
    Ok(Shape {
        architecture: Architecture {
            layers: layers + decoders,
            ffn: expertise.as_ref().map_or(dense, |experts| experts.width),
            gated: flag(family.gated)?,
            ..architecture
        },
        family,
        decoders,
        dense_ffn: wide.unwrap_or(dense),
        expertise,
        embedding: keys
            .optional_dimension(&["embedding_size", "word_embed_proj_dim"])?
            .unwrap_or(hidden),
        positions: match family.positions {
            Some(beyond) if keys.flag("position_biased_input", true)? => {
                keys.dimension(POSITIONS)? + beyond
            }
            _ => 0,
        },
        types: keys.count(&["type_vocab_size"])?,
        latent: latent(keys, family)?,
        distances: distances(keys, family)?,
        convolution: keys.count(&["conv_kernel_size"])?,
        separate_keys: !keys.flag("share_att_key", true)?,
        norms: match family.attention {
            // One normalisation for both halves of Falcon's first layers, two in the newer ones.
            Attention::MultiQuery
                if keys.flag("parallel_attn", true)?
                    && !keys.flag("new_decoder_architecture", false)? =>
            {
                1
            }
            _ => family.norms,
        },
        final_norm: family.final_norm && keys.flag("do_layer_norm_before", true)?,
        qkv_bias: flag(family.qkv_bias)?,
        output_bias: flag(family.output_bias)?,
        ffn_bias: flag(family.ffn_bias)?,
    })
}

fn architecture(
    keys: &Keys<'_>,
    whole: &Keys<'_>,
    family: &Family,
    layers: u64,
    expertise: Option<&Expertise>,
) -> Result<Architecture, ConfigError> {
    let (hidden, heads) = (keys.dimension(HIDDEN)?, keys.dimension(HEADS)?);
    let head_dim = match keys.optional_dimension(&["head_dim", "d_kv"])? {
        Some(size) => size,
        // Latent attention says the sizes of its heads in other words.
        None if family.attention == Attention::Latent => keys
            .dimension(&["qk_nope_head_dim"])?
            .saturating_add(keys.dimension(&["qk_rope_head_dim"])?),
        None if hidden.is_multiple_of(heads) => hidden / heads,
        None => return Err(ConfigError::number(HEADS[0], heads)),
    };
    let generates = family.body != Body::Encoder;
    let tied = whole.flag("tie_word_embeddings", family.tied)?;
    Ok(Architecture {
        layers,
        hidden,
        heads,
        kv_heads: kv_heads(keys, family, heads)?,
        head_dim,
        ffn: 0,
        vocab: keys.dimension(&["vocab_size"])?,
        gated: false,
        tied_embeddings: keys.flag("tie_word_embeddings", tied)?,
        generates,
        dropout: keys.any_above_zero(DROPOUT),
        experts: expertise.map(|experts| Experts {
            count: experts.count + experts.shared_units(),
            active: experts.active + experts.shared_units(),
        }),
        kv_latent: latent(keys, family)?.map(|latent| latent.rank + latent.rope),
        window: window(keys, family, layers)?,
    })
}

fn kv_heads(keys: &Keys<'_>, family: &Family, heads: u64) -> Result<u64, ConfigError> {
    let given = if family.attention == Attention::MultiQuery {
        if keys.flag("new_decoder_architecture", false)? {
            keys.optional_dimension(&["num_kv_heads"])?
        } else {
            keys.flag("multi_query", true)?.then_some(1)
        }
    } else {
        keys.optional_dimension(&["num_key_value_heads"])?
    };
    let given = given.unwrap_or(heads);
    if given > heads || !heads.is_multiple_of(given) {
        return Err(ConfigError::number("num_key_value_heads", given));
    }
    Ok(given)
}

fn latent(keys: &Keys<'_>, family: &Family) -> Result<Option<Latent>, ConfigError> {
    if family.attention != Attention::Latent {
        return Ok(None);
    }
    Ok(Some(Latent {
        query_rank: keys.optional_dimension(&["q_lora_rank"])?,
        rank: keys.dimension(&["kv_lora_rank"])?,
        rope: keys.dimension(&["qk_rope_head_dim"])?,
        plain: keys.dimension(&["qk_nope_head_dim"])?,
        value: keys.dimension(&["v_head_dim"])?,
    }))
}

/// Rows of the table of relative positions.
fn distances(keys: &Keys<'_>, family: &Family) -> Result<u64, ConfigError> {
    match family.attention {
        Attention::Buckets => keys.dimension(&["relative_attention_num_buckets"]),
        Attention::Disentangled if keys.flag("relative_attention", false)? => {
            let longest = match keys.length(&["max_relative_positions"])? {
                Some(longest) if longest > 0 => longest,
                _ => keys.dimension(POSITIONS)?,
            };
            let buckets = keys.length(&["position_buckets"])?;
            Ok(buckets.filter(|n| *n > 0).unwrap_or(longest) * 2)
        }
        _ => Ok(0),
    }
}

fn expertise(
    keys: &Keys<'_>,
    family: &Family,
    layers: u64,
) -> Result<Option<Expertise>, ConfigError> {
    let count = keys.count(&["num_local_experts", "num_experts", "n_routed_experts"])?;
    if count == 0 {
        return Ok(None);
    }
    let active = keys.dimension(&["num_experts_per_tok"])?;
    if active > count {
        return Err(ConfigError::number("num_experts_per_tok", active));
    }
    let width = keys.dimension(&["moe_intermediate_size", "intermediate_size"])?;
    let shared = keys
        .count(&["n_shared_experts"])?
        .max(family.experts.shared);
    let shared_width = match keys.count(&["shared_expert_intermediate_size"])? {
        0 => shared * width,
        given => given,
    };
    let first = keys.count(&["first_k_dense_replace"])?;
    let later_every = keys.optional_dimension(&["moe_layer_freq"])?.unwrap_or(1);
    let step = ["decoder_sparse_step", "interleave_moe_layer_step"];
    let every = keys.optional_dimension(&step)?.unwrap_or(1);
    let dense = keys.list("mlp_only_layers");
    let dense: std::collections::BTreeSet<u64> = dense.iter().filter_map(Value::as_u64).collect();
    let has_experts = |i: &u64| {
        *i >= first
            && i.is_multiple_of(later_every)
            && (i + 1).is_multiple_of(every)
            && !dense.contains(i)
    };
    Ok(Some(Expertise {
        count,
        active,
        width,
        shared_width,
        layers: (0..layers).filter(has_experts).map(|_| 1).sum(),
    }))
}

/// The window, where it is in force: it may be written and switched off, or be no shorter than the
/// longest sequence.
fn window(keys: &Keys<'_>, family: &Family, layers: u64) -> Result<Option<Window>, ConfigError> {
    let (tokens, by_rule) = match family.windows {
        Windows::Never => return Ok(None),
        Windows::All => ("sliding_window", layers),
        Windows::Later => {
            if !keys.flag("use_sliding_window", false)? {
                return Ok(None);
            }
            let full = keys.count(&["max_window_layers"])?;
            ("sliding_window", layers.saturating_sub(full))
        }
        Windows::Pattern {
            tokens,
            every,
            default,
            full_first,
        } => {
            let every = keys.optional_dimension(&[every])?.unwrap_or(default);
            let full = if full_first {
                layers.div_ceil(every)
            } else {
                layers / every
            };
            (tokens, layers - full)
        }
    };
    let Some(tokens) = keys.length(&[tokens])?.filter(|tokens| *tokens > 0) else {
        return Ok(None);
    };
    let kinds = keys.list("layer_types");
    let bounded = if kinds.is_empty() {
        by_rule
    } else {
        let bounded = kinds.iter().filter_map(Value::as_str);
        let bounded = bounded.filter(|kind| *kind != "full_attention");
        bounded
            .take(usize::try_from(layers).unwrap_or(usize::MAX))
            .map(|_| 1)
            .sum()
    };
    let longest = keys.length(POSITIONS)?;
    let in_force = bounded > 0 && longest.is_none_or(|longest| tokens < longest);
    Ok(in_force.then_some(Window {
        tokens,
        layers: bounded,
    }))
}
