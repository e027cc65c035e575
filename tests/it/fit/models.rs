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

pub(super) fn mistral_7b() -> (u64, Architecture) {
    decoder(7_241_732_096, [32, 4096, 32, 8, 128, 14336, 32000])
}

pub(super) fn mistral_7b_v3() -> (u64, Architecture) {
    decoder(7_248_023_552, [32, 4096, 32, 8, 128, 14336, 32768])
}

pub(super) fn llama2_7b() -> (u64, Architecture) {
    decoder(6_738_415_616, [32, 4096, 32, 32, 128, 11008, 32000])
}

pub(super) fn llama2_13b() -> (u64, Architecture) {
    decoder(13_015_864_320, [40, 5120, 40, 40, 128, 13824, 32000])
}

pub(super) fn llama2_70b() -> (u64, Architecture) {
    decoder(68_976_648_192, [80, 8192, 64, 8, 128, 28672, 32000])
}

pub(super) fn llama32_1b() -> (u64, Architecture) {
    tied(decoder(1_235_814_400, [16, 2048, 32, 8, 64, 8192, 128_256]))
}

pub(super) fn tinyllama() -> (u64, Architecture) {
    decoder(1_100_048_384, [22, 2048, 32, 4, 64, 5632, 32000])
}

pub(super) fn qwen25_1_5b() -> (u64, Architecture) {
    tied(decoder(
        1_543_714_304,
        [28, 1536, 12, 2, 128, 8960, 151_936],
    ))
}

pub(super) fn qwen25_7b() -> (u64, Architecture) {
    decoder(7_615_616_512, [28, 3584, 28, 4, 128, 18944, 152_064])
}

pub(super) fn qwen3_1_7b() -> (u64, Architecture) {
    tied(decoder(
        1_720_574_976,
        [28, 2048, 16, 8, 128, 6144, 151_936],
    ))
}

pub(super) fn qwen3_4b() -> (u64, Architecture) {
    tied(decoder(
        4_022_468_096,
        [36, 2560, 32, 8, 128, 9728, 151_936],
    ))
}

pub(super) fn qwen3_8b() -> (u64, Architecture) {
    decoder(8_190_735_360, [36, 4096, 32, 8, 128, 12288, 151_936])
}

pub(super) fn phi4_mini() -> (u64, Architecture) {
    tied(decoder(
        3_836_021_760,
        [32, 3072, 24, 8, 128, 8192, 200_064],
    ))
}

pub(super) fn deepseek_coder_1_3b() -> (u64, Architecture) {
    decoder(1_346_471_936, [24, 2048, 16, 16, 128, 5504, 32256])
}

pub(super) fn smollm2_135m() -> (u64, Architecture) {
    tied(decoder(134_515_008, [30, 576, 9, 3, 64, 1536, 49152]))
}

pub(super) fn smollm2_360m() -> (u64, Architecture) {
    tied(decoder(361_821_120, [32, 960, 15, 5, 64, 2560, 49152]))
}

pub(super) fn smollm2_1_7b() -> (u64, Architecture) {
    tied(decoder(1_711_376_384, [24, 2048, 32, 32, 64, 8192, 49152]))
}

pub(super) fn phi_1_5() -> (u64, Architecture) {
    ungated(decoder(1_418_270_720, [24, 2048, 32, 32, 64, 8192, 51200]))
}

pub(super) fn stablelm_3b() -> (u64, Architecture) {
    ungated(decoder(
        3_637_321_728,
        [16, 4096, 32, 32, 128, 16384, 50688],
    ))
}

fn ungated((parameters, shape): (u64, Architecture)) -> (u64, Architecture) {
    let gated = false;
    (parameters, Architecture { gated, ..shape })
}

pub(super) fn mixtral() -> (u64, Architecture) {
    let (parameters, shape) = decoder(46_702_792_704, [32, 4096, 32, 8, 128, 14336, 32000]);
    let experts = Some(Experts {
        count: 8,
        active: 2,
    });
    (parameters, Architecture { experts, ..shape })
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
