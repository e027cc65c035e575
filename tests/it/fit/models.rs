//! Shapes of the models that the published figures are about.

use mlinfra::fit::Subject;
use mlinfra::model::{Architecture, Census, Dtype, Experts};
use mlinfra::units::Parameters;

/// A decoder with a gate, as all Llamas are: parameters and, in order, layers, hidden size, heads,
/// key-value heads, head size, inner size, vocabulary.
pub(super) fn decoder(parameters: u64, numbers: [u64; 7]) -> (u64, Architecture) {
    let [layers, hidden, heads, kv_heads, head_dim, ffn, vocab] = numbers;
    let shape = Architecture {
        layers,
        hidden,
        heads,
        kv_heads,
        head_dim,
        ffn,
        vocab,
        gated: true,
        tied_embeddings: false,
        generates: true,
        dropout: false,
        experts: None,
        kv_latent: None,
        window: None,
    };
    (parameters, shape)
}

pub(super) fn subject((parameters, shape): (u64, Architecture), dtype: Dtype) -> Subject {
    let parameters = Parameters::parse(&parameters.to_string()).unwrap();
    Subject {
        census: Census::of(parameters, Some(&shape)),
        shape: Some(shape),
        dtype,
        weight_bytes: None,
    }
}

/// A model of which nothing is known but its size.
pub(super) fn shapeless(parameters: u64, dtype: Dtype) -> Subject {
    let parameters = Parameters::parse(&parameters.to_string()).unwrap();
    Subject {
        census: Census::of(parameters, None),
        shape: None,
        dtype,
        weight_bytes: None,
    }
}

pub(super) fn llama3_8b() -> (u64, Architecture) {
    decoder(8_030_261_248, [32, 4096, 32, 8, 128, 14336, 128_256])
}

pub(super) fn llama3_70b() -> (u64, Architecture) {
    decoder(70_553_706_496, [80, 8192, 64, 8, 128, 28672, 128_256])
}

pub(super) fn llama3_405b() -> (u64, Architecture) {
    decoder(405_853_388_800, [126, 16384, 128, 8, 128, 53248, 128_256])
}

pub(super) fn llama32_3b() -> (u64, Architecture) {
    tied(decoder(
        3_212_749_824,
        [28, 3072, 24, 8, 128, 8192, 128_256],
    ))
}

pub(super) fn qwen3_0_6b() -> (u64, Architecture) {
    tied(decoder(596_049_920, [28, 1024, 16, 8, 128, 3072, 151_936]))
}

pub(super) fn qwen3_32b() -> (u64, Architecture) {
    decoder(32_762_123_264, [64, 5120, 64, 8, 128, 25600, 151_936])
}

pub(super) fn mistral_small_24b() -> (u64, Architecture) {
    decoder(24_011_361_280, [40, 5120, 32, 8, 128, 32768, 131_072])
}

pub(super) fn gpt_oss_20b() -> (u64, Architecture) {
    mixture(
        decoder(20_914_757_184, [24, 2880, 64, 8, 64, 2880, 201_088]),
        32,
    )
}

pub(super) fn gpt_oss_120b() -> (u64, Architecture) {
    mixture(
        decoder(116_829_156_672, [36, 2880, 64, 8, 64, 2880, 201_088]),
        128,
    )
}

pub(super) fn opt_13b() -> (u64, Architecture) {
    let (parameters, shape) = decoder(12_853_473_280, [40, 5120, 40, 40, 128, 20480, 50_272]);
    let shape = Architecture {
        gated: false,
        tied_embeddings: true,
        ..shape
    };
    (parameters, shape)
}

/// BERT-large with its pooler, as it is fine-tuned for classification.
pub(super) fn bert_large() -> (u64, Architecture) {
    let (parameters, shape) = decoder(335_143_938, [24, 1024, 16, 16, 64, 4096, 30_522]);
    let shape = Architecture {
        gated: false,
        generates: false,
        dropout: true,
        ..shape
    };
    (parameters, shape)
}

fn tied((parameters, shape): (u64, Architecture)) -> (u64, Architecture) {
    let tied_embeddings = true;
    let shape = Architecture {
        tied_embeddings,
        ..shape
    };
    (parameters, shape)
}

fn mixture((parameters, shape): (u64, Architecture), count: u64) -> (u64, Architecture) {
    let experts = Some(Experts { count, active: 4 });
    (parameters, Architecture { experts, ..shape })
}
