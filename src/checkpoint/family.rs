//! What the layers of each known family consist of: a table.
//!
//! From the published modelling code of each family. Where the parts of a layer are fused into one
//! matrix the count is the same.

/// A family of transformers. What all have isn't here: an embedding, and in each layer attention
/// and a feed-forward part.
#[derive(Clone, Copy)]
pub(super) struct Family {
    /// The `model_type`s that are it.
    pub names: &'static [&'static str],
    pub body: Body,
    /// Whether the feed-forward part has three matrices instead of two.
    pub gated: Flag,
    pub qkv_bias: Flag,
    pub output_bias: Flag,
    pub ffn_bias: Flag,
    /// Normalisations in each layer, beside those of heads.
    pub norms: u64,
    /// Vectors of each normalisation: a scale, or a scale and a bias.
    pub norm_vectors: u64,
    pub head_norms: HeadNorms,
    /// Whether the last layer's values are normalised once more.
    pub final_norm: bool,
    /// Whether embeddings are normalised.
    pub embedding_norm: bool,
    /// Rows of learnt positions beyond the longest sequence; `None` where positions aren't learnt.
    pub positions: Option<u64>,
    /// Whether the output head is the embedding's matrix when the configuration doesn't say.
    pub tied: bool,
    /// Whether the output head has a bias.
    pub head_bias: bool,
    /// Whether all layers are one that is used again and again.
    pub one_layer: bool,
    /// Whether the first layer's attention has no normalisation before it.
    pub bare_first: bool,
    /// Whether there is a dense layer over the first token at the end.
    pub pooler: bool,
    pub attention: Attention,
    pub experts: ExpertParts,
    pub windows: Windows,
    /// What the family's code takes for keys that aren't in the file.
    pub defaults: &'static [(&'static str, u64)],
}

/// What is stacked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Decoder,
    Encoder,
    /// The layers given are those of the encoder.
    EncoderDecoder,
}

/// Whether something is there.
#[derive(Clone, Copy)]
pub(super) enum Flag {
    No,
    Yes,
    /// As this key says; else as given here.
    Key(&'static str, bool),
    /// Where the word under this key starts so.
    Word(&'static str, &'static str),
}

/// Normalisation of queries and keys.
#[derive(Clone, Copy)]
pub(super) enum HeadNorms {
    None,
    /// One scale for all heads.
    Shared,
    /// A scale for each value of each head.
    Whole,
}

/// Attention beyond the plain kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Attention {
    Plain,
    /// A learnt sink for each head.
    Sinks,
    /// Keys and values from a latent vector.
    Latent,
    /// One key-value head if `multi_query`, `num_kv_heads` in the newer layers, as in Falcon.
    MultiQuery,
    /// Positions relative to each other, from a table shared by all layers (DeBERTa).
    Disentangled,
    /// A table of biases by distance in the first layer (T5).
    Buckets,
}

/// What experts have beside their matrices.
#[derive(Clone, Copy)]
pub(super) struct ExpertParts {
    /// Biases of the experts' matrices and of the router.
    pub biases: bool,
    /// A correction for each expert beside the router.
    pub correction: bool,
    /// A gate for the shared expert.
    pub shared_gate: bool,
    /// Experts that see each token, where the file doesn't say.
    pub shared: u64,
    /// Whether the experts of a layer are one tensor.
    pub fused: bool,
}

/// Which layers look back only so far.
#[derive(Clone, Copy)]
pub(super) enum Windows {
    Never,
    /// All of them where `sliding_window` is given.
    All,
    /// Those from `max_window_layers` on, where `use_sliding_window`.
    Later,
    /// All but every so-manieth, counted from the first or from the last of each group.
    Pattern {
        tokens: &'static str,
        every: &'static str,
        default: u64,
        full_first: bool,
    },
}

const NO_EXPERTS: ExpertParts = ExpertParts {
    biases: false,
    correction: false,
    shared_gate: false,
    shared: 0,
    fused: false,
};

/// Gated, scaled and without biases: what most families vary.
const LLAMA: Family = Family {
    names: &["llama", "granite", "ministral", "aquila"],
    body: Body::Decoder,
    gated: Flag::Yes,
    qkv_bias: Flag::Key("attention_bias", false),
    output_bias: Flag::Key("attention_bias", false),
    ffn_bias: Flag::Key("mlp_bias", false),
    norms: 2,
    norm_vectors: 1,
    head_norms: HeadNorms::None,
    final_norm: true,
    embedding_norm: false,
    positions: None,
    tied: false,
    head_bias: false,
    one_layer: false,
    bare_first: false,
    pooler: false,
    attention: Attention::Plain,
    experts: NO_EXPERTS,
    windows: Windows::Never,
    defaults: &[],
};

/// Two matrices, biases everywhere and learnt positions.
const GPT2: Family = Family {
    names: &["gpt2"],
    gated: Flag::No,
    qkv_bias: Flag::Yes,
    output_bias: Flag::Yes,
    ffn_bias: Flag::Yes,
    norm_vectors: 2,
    positions: Some(0),
    tied: true,
    ..LLAMA
};

/// An encoder with normalised embeddings and a pooler.
const BERT: Family = Family {
    names: &["bert", "roberta", "xlm-roberta", "camembert"],
    body: Body::Encoder,
    embedding_norm: true,
    final_norm: false,
    pooler: true,
    ..GPT2
};

const QWEN2: Family = Family {
    names: &[
        "qwen2",
        "qwen2_vl",
        "qwen2_vl_text",
        "qwen2_5_vl",
        "qwen2_5_vl_text",
    ],
    qkv_bias: Flag::Yes,
    output_bias: Flag::No,
    ffn_bias: Flag::No,
    windows: Windows::Later,
    ..LLAMA
};

const QWEN3: Family = Family {
    names: &["qwen3", "qwen3_vl_text"],
    head_norms: HeadNorms::Shared,
    ffn_bias: Flag::No,
    windows: Windows::Later,
    defaults: &[("head_dim", 128)],
    ..LLAMA
};

const GEMMA: Family = Family {
    names: &["gemma"],
    tied: true,
    ffn_bias: Flag::No,
    defaults: &[("head_dim", 256)],
    ..LLAMA
};

const T5: Family = Family {
    names: &["t5", "mt5", "umt5"],
    body: Body::EncoderDecoder,
    gated: Flag::Word("feed_forward_proj", "gated"),
    qkv_bias: Flag::No,
    output_bias: Flag::No,
    ffn_bias: Flag::No,
    tied: true,
    attention: Attention::Buckets,
    defaults: &[("relative_attention_num_buckets", 32)],
    ..LLAMA
};

const DEEPSEEK: Family = Family {
    names: &["deepseek_v2"],
    ffn_bias: Flag::No,
    attention: Attention::Latent,
    ..LLAMA
};

/// All that are known.
pub(super) static FAMILIES: &[Family] = &[
    LLAMA,
    Family {
        names: &["mistral", "phi3"],
        qkv_bias: Flag::No,
        output_bias: Flag::No,
        ffn_bias: Flag::No,
        windows: Windows::All,
        ..LLAMA
    },
    Family {
        names: &["mixtral"],
        qkv_bias: Flag::No,
        output_bias: Flag::No,
        ffn_bias: Flag::No,
        windows: Windows::All,
        defaults: &[("num_local_experts", 8), ("num_experts_per_tok", 2)],
        ..LLAMA
    },
    Family {
        names: &["smollm3"],
        tied: true,
        ..LLAMA
    },
    Family {
        names: &["olmo2"],
        head_norms: HeadNorms::Whole,
        ..LLAMA
    },
    QWEN2,
    Family {
        names: &["qwen2_moe"],
        experts: ExpertParts {
            shared_gate: true,
            ..NO_EXPERTS
        },
        ..QWEN2
    },
    QWEN3,
    Family {
        names: &["qwen3_moe"],
        ..QWEN3
    },
    GEMMA,
    Family {
        names: &["gemma2"],
        norms: 4,
        windows: Windows::Pattern {
            tokens: "sliding_window",
            every: "sliding_window_pattern",
            default: 2,
            full_first: false,
        },
        ..GEMMA
    },
    Family {
        names: &["gemma3", "gemma3_text"],
        norms: 4,
        head_norms: HeadNorms::Shared,
        windows: Windows::Pattern {
            tokens: "sliding_window",
            every: "sliding_window_pattern",
            default: 6,
            full_first: false,
        },
        defaults: &[
            ("num_attention_heads", 8),
            ("num_key_value_heads", 4),
            ("head_dim", 256),
            ("vocab_size", 262_208),
        ],
        ..GEMMA
    },
    Family {
        names: &["gpt_oss"],
        qkv_bias: Flag::Yes,
        output_bias: Flag::Yes,
        attention: Attention::Sinks,
        experts: ExpertParts {
            biases: true,
            fused: true,
            ..NO_EXPERTS
        },
        windows: Windows::Pattern {
            tokens: "sliding_window",
            every: "sliding_window_pattern",
            default: 2,
            full_first: false,
        },
        defaults: &[("head_dim", 64)],
        ..LLAMA
    },
    DEEPSEEK,
    Family {
        names: &["deepseek_v3"],
        experts: ExpertParts {
            correction: true,
            ..NO_EXPERTS
        },
        ..DEEPSEEK
    },
    Family {
        names: &["llama4_text", "llama4"],
        experts: ExpertParts {
            shared: 1,
            fused: true,
            ..NO_EXPERTS
        },
        windows: Windows::Pattern {
            tokens: "attention_chunk_size",
            every: "no_rope_layer_interval",
            default: 4,
            full_first: false,
        },
        ..LLAMA
    },
    GPT2,
    Family {
        names: &["gpt_neox"],
        qkv_bias: Flag::Key("attention_bias", true),
        output_bias: Flag::Key("attention_bias", true),
        positions: None,
        tied: false,
        ..GPT2
    },
    Family {
        names: &["opt"],
        positions: Some(2),
        ..GPT2
    },
    Family {
        names: &["bloom"],
        positions: None,
        embedding_norm: true,
        ..GPT2
    },
    Family {
        names: &["falcon"],
        qkv_bias: Flag::Key("bias", false),
        output_bias: Flag::Key("bias", false),
        ffn_bias: Flag::Key("bias", false),
        positions: None,
        attention: Attention::MultiQuery,
        ..GPT2
    },
    Family {
        names: &["phi"],
        norms: 1,
        positions: None,
        tied: false,
        head_bias: true,
        ..GPT2
    },
    BERT,
    Family {
        names: &["distilbert"],
        pooler: false,
        ..BERT
    },
    Family {
        names: &["albert"],
        one_layer: true,
        ..BERT
    },
    Family {
        names: &["deberta-v2"],
        pooler: false,
        attention: Attention::Disentangled,
        ..BERT
    },
    Family {
        names: &["modernbert"],
        bare_first: true,
        body: Body::Encoder,
        qkv_bias: Flag::Key("attention_bias", false),
        output_bias: Flag::Key("attention_bias", false),
        ffn_bias: Flag::Key("mlp_bias", false),
        embedding_norm: true,
        windows: Windows::Pattern {
            tokens: "local_attention",
            every: "global_attn_every_n_layers",
            default: 3,
            full_first: true,
        },
        ..LLAMA
    },
    T5,
];

/// The names of all families, for messages.
pub(super) fn names() -> String {
    let names = FAMILIES.iter().flat_map(|family| family.names);
    names.copied().collect::<Vec<_>>().join(", ")
}
