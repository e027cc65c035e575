//! `config.json` of published models: which family, what shape, how many parameters.

use serde_json::{Map, Value};

use super::Checkpoint;
use super::count::{Expertise, Latent, Shape};
use super::family::{Attention, Body, FAMILIES, Family, Flag, Windows, names};
use super::keys::Keys;
use crate::model::{Architecture, Dtype, Experts, Window};

/// More than any model has; a mistake or mischief beyond.
const MOST_LAYERS: u64 = 100_000;

/// A configuration is a few KiB, or a few hundred with the names of many classes.
const LONGEST_TEXT: usize = 4 << 20;

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// More text than any configuration has.
    #[error("it has {bytes} bytes; a configuration has at most 4 MiB")]
    TooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// The text is no JSON.
    #[error("it isn't JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but not `{…}`.
    #[error("it isn't a JSON object")]
    NotAnObject,
    /// Nothing says what family it is of.
    #[error("it has neither `model_type` nor `architectures`, so nothing says what model it is of")]
    NoFamily,
    /// A family that isn't counted here.
    #[error(
        "`{family}` isn't a family whose parameters are counted here; these are: {known}. \
         The shape can be given instead"
    )]
    UnknownFamily {
        /// The one that it says.
        family: String,
        /// Those that are known.
        known: String,
    },
    /// Something that the shape needs isn't there.
    #[error("`{key}` is missing, and the shape needs it")]
    Missing {
        /// The commonest name of the key.
        key: &'static str,
    },
    /// A value that can't be meant.
    #[error("`{key}` can't be {value}")]
    Impossible {
        /// Its key.
        key: &'static str,
        /// As written, cut after some characters.
        value: String,
    },
    /// Weights in a format that isn't known.
    #[error("`{key}` is `{word}`, which isn't a type of weights that is known here")]
    UnknownFormat {
        /// Where it says so.
        key: &'static str,
        /// What it says.
        word: String,
    },
}

impl ConfigError {
    pub(super) fn impossible(key: &'static str, value: &Value) -> Self {
        let text = match value {
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            other => other.to_string().chars().take(40).collect(),
        };
        Self::Impossible { key, value: text }
    }

    fn number(key: &'static str, number: u64) -> Self {
        let value = number.to_string();
        Self::Impossible { key, value }
    }
}

/// Reads a configuration.
///
/// Of a model with parts for images or sound, the part for text is read, in `text_config`. BERT and
/// its like are counted as the bare model with its pooler, without a head for any task.
///
/// # Errors
///
/// One for each variant of [`ConfigError`]; the first that is met.
pub fn read(text: &str) -> Result<Checkpoint, ConfigError> {
    if text.len() > LONGEST_TEXT {
        return Err(ConfigError::TooLarge { bytes: text.len() });
    }
    let json: Value = serde_json::from_str(text).map_err(ConfigError::NotJson)?;
    let outer = json.as_object().ok_or(ConfigError::NotAnObject)?;
    let nested = outer.get("text_config").and_then(Value::as_object);
    let object = nested.unwrap_or(outer);
    let (name, family) = match family_of(object) {
        Err(ConfigError::NoFamily) => family_of(outer)?,
        other => other?,
    };
    let keys = Keys {
        object,
        defaults: family.defaults,
    };
    let whole = Keys {
        object: outer,
        defaults: &[],
    };
    let shape = shape(&keys, &whole, family)?;
    let census = shape.census();
    // More than a quadrillion parameters can't be meant, and wouldn't fit 64 bits as bytes.
    if census.total > 1_000_000_000_000_000 {
        return Err(ConfigError::number(
            "hidden_size",
            shape.architecture.hidden,
        ));
    }
    Ok(Checkpoint {
        family: name,
        census,
        dtype: match dtype(&keys)? {
            None => dtype(&whole)?,
            known => known,
        },
        quantization: match quantization(&keys)? {
            None => quantization(&whole)?,
            known => known,
        },
        max_positions: keys.length(POSITIONS)?,
        text_part_only: nested.is_some() || outer.contains_key("vision_config"),
        architecture: shape.architecture,
    })
}

const POSITIONS: &[&str] = &[
    "max_position_embeddings",
    "n_positions",
    "n_ctx",
    "seq_length",
];

/// The family by `model_type`; by the name of the class where that isn't there.
fn family_of(object: &Map<String, Value>) -> Result<(String, &'static Family), ConfigError> {
    let by_name = |known: &dyn Fn(&str) -> bool| {
        let mut found = FAMILIES
            .iter()
            .flat_map(|f| f.names.iter().map(move |n| (f, *n)));
        found.find(|(_, name)| known(name))
    };
    let unknown = |family: &str| ConfigError::UnknownFamily {
        family: family.chars().take(60).collect(),
        known: names(),
    };
    if let Some(given) = object.get("model_type").filter(|v| !v.is_null()) {
        let given = given
            .as_str()
            .ok_or_else(|| ConfigError::impossible("model_type", given))?;
        let found = by_name(&|name| name == given).ok_or_else(|| unknown(given))?;
        return Ok((found.1.to_owned(), found.0));
    }
    let classes = object.get("architectures").and_then(Value::as_array);
    let class = classes.and_then(|c| c.first()).and_then(Value::as_str);
    let class = class.ok_or(ConfigError::NoFamily)?;
    let bare = ["For", "LMHead", "Model"]
        .iter()
        .filter_map(|end| class.find(end))
        .min()
        .map_or(class, |end| &class[..end]);
    let bare = bare.to_lowercase();
    let found = by_name(&|name| name.replace(['_', '-'], "") == bare);
    let found = found.ok_or_else(|| unknown(class))?;
    Ok((found.1.to_owned(), found.0))
}

fn shape(keys: &Keys<'_>, whole: &Keys<'_>, family: &'static Family) -> Result<Shape, ConfigError> {
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

fn dtype(keys: &Keys<'_>) -> Result<Option<Dtype>, ConfigError> {
    let names = ["torch_dtype", "dtype"];
    let Some(word) = keys.word(&names)? else {
        return Ok(None);
    };
    match word.trim_start_matches("torch.") {
        "float32" | "float" => Ok(Some(Dtype::Fp32)),
        "bfloat16" => Ok(Some(Dtype::Bf16)),
        "float16" | "half" => Ok(Some(Dtype::Fp16)),
        "float8_e4m3fn" | "float8_e5m2" => Ok(Some(Dtype::Fp8)),
        "auto" => Ok(None),
        other => Err(unknown_format("torch_dtype", other)),
    }
}

fn unknown_format(key: &'static str, word: &str) -> ConfigError {
    let word = word.chars().take(40).collect();
    ConfigError::UnknownFormat { key, word }
}

/// What `quantization_config` says that the weights were quantised to.
fn quantization(keys: &Keys<'_>) -> Result<Option<Dtype>, ConfigError> {
    let Some(object) = keys.object("quantization_config")? else {
        return Ok(None);
    };
    let inner = Keys {
        object,
        defaults: &[],
    };
    let integers = |bits: u64| match bits {
        4 => Ok(Dtype::Int4),
        8 => Ok(Dtype::Int8),
        other => Err(ConfigError::number("bits", other)),
    };
    let method = inner.word(&["quant_method"])?;
    let found = match method.unwrap_or("bitsandbytes") {
        "gptq" | "awq" => integers(inner.dimension(&["bits", "w_bit"])?)?,
        "bitsandbytes" if inner.flag("load_in_4bit", false)? => Dtype::Nf4,
        "bitsandbytes" if inner.flag("load_in_8bit", false)? => Dtype::Int8,
        "bitsandbytes" => return Ok(None),
        "fp8" | "fbgemm_fp8" => Dtype::Fp8,
        "mxfp4" => Dtype::Mxfp4,
        "compressed-tensors" => compressed(&inner)?,
        other => return Err(unknown_format("quant_method", other)),
    };
    Ok(Some(found))
}

/// The weights of the first group of a `compressed-tensors` configuration.
fn compressed(keys: &Keys<'_>) -> Result<Dtype, ConfigError> {
    let missing = ConfigError::Missing {
        key: "config_groups",
    };
    let groups = keys.object("config_groups")?;
    let group = groups.and_then(|groups| groups.values().next());
    let weights = group
        .and_then(|g| g.get("weights"))
        .and_then(Value::as_object);
    let inner = Keys {
        object: weights.ok_or(missing)?,
        defaults: &[],
    };
    let bits = inner.dimension(&["num_bits"])?;
    match (bits, inner.word(&["type"])?) {
        (8, Some("float")) => Ok(Dtype::Fp8),
        (8, _) => Ok(Dtype::Int8),
        (4, Some("float")) => Err(unknown_format("type", "float of 4 bits")),
        (4, _) => Ok(Dtype::Int4),
        (other, _) => Err(ConfigError::number("num_bits", other)),
    }
}
