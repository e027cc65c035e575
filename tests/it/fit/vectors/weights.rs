use super::super::models::*;
use super::*;
use mlinfra::model::Architecture;

pub(super) fn rows(rows: &mut Vec<Row>) {
    for (name, parameters, dtype, gb) in [
        ("llama3-8b fp16, claimed", 8_000_000_000, Dtype::Fp16, 16.0),
        ("llama3-8b fp8, claimed", 8_000_000_000, Dtype::Fp8, 8.0),
        ("llama3-8b int4, claimed", 8_000_000_000, Dtype::Int4, 4.0),
        (
            "llama3-70b fp16, claimed",
            70_000_000_000,
            Dtype::Fp16,
            140.0,
        ),
        ("llama3-70b fp8, claimed", 70_000_000_000, Dtype::Fp8, 70.0),
        (
            "llama3-70b int4, claimed",
            70_000_000_000,
            Dtype::Int4,
            35.0,
        ),
        (
            "llama3-405b fp16, claimed",
            405_000_000_000,
            Dtype::Fp16,
            810.0,
        ),
        (
            "llama3-405b fp8, claimed",
            405_000_000_000,
            Dtype::Fp8,
            405.0,
        ),
        (
            "llama3-405b int4, claimed",
            405_000_000_000,
            Dtype::Int4,
            203.0,
        ),
    ] {
        rows.push(row(
            Kind::Claimed,
            name,
            gb,
            GB,
            nominal_weights(parameters, dtype),
        ));
    }
    accelerate(rows);
    loaded(rows);
    logged(rows);
}

fn accelerate(rows: &mut Vec<Row>) {
    use Kind::{Formula, Weights};
    // Accelerate's estimator; BERT without its pooler, as it counts.
    let bert = 108_310_272;
    for (name, dtype, mib) in [
        ("bert-base fp32, accelerate", Dtype::Fp32, 413.18),
        ("bert-base fp16, accelerate", Dtype::Fp16, 206.59),
        ("bert-base int4, accelerate", Dtype::Int4, 51.65),
    ] {
        rows.push(row(Formula, name, mib, MIB, nominal_weights(bert, dtype)));
    }
    let bert_loaded = weights(&shapeless(bert, Dtype::Fp32));
    rows.push(row(
        Weights,
        "bert-base fp32 on a GPU",
        413.68,
        MIB,
        bert_loaded,
    ));
    let idefics = weights(&shapeless(79_757_476_000, Dtype::Fp32));
    rows.push(row(
        Formula,
        "idefics-80b fp32, accelerate",
        297.12,
        GIB,
        idefics,
    ));
    let resnet = weights(&shapeless(25_557_032, Dtype::Fp32));
    rows.push(row(Formula, "resnet50 fp32, accelerate", 97.7, MIB, resnet));
}

/// What servers of models reported.
fn loaded(rows: &mut Vec<Row>) {
    use Kind::{MixedWeights, Weights};
    for (kind, name, gib, ours) in [
        (
            Weights,
            "llama3-8b bf16",
            14.96,
            on(llama3_8b(), Dtype::Bf16, 1),
        ),
        (
            Weights,
            "llama3-8b bf16 on 2",
            7.48,
            on(llama3_8b(), Dtype::Bf16, 2),
        ),
        (
            Weights,
            "llama3.1-8b bf16, vLLM 0.11",
            14.99,
            on(llama3_8b(), Dtype::Bf16, 1),
        ),
        (
            Weights,
            "qwen3-0.6b bf16, tied",
            1.12,
            on(qwen3_0_6b(), Dtype::Bf16, 1),
        ),
        (
            Weights,
            "qwen3-32b bf16",
            61.03,
            on(qwen3_32b(), Dtype::Bf16, 1),
        ),
        (
            Weights,
            "qwen3-32b bf16 on 2",
            30.59,
            on(qwen3_32b(), Dtype::Bf16, 2),
        ),
        (
            Weights,
            "llama3-70b fp8, rest bf16",
            67.72,
            on(llama3_70b(), Dtype::Fp8, 1),
        ),
        (
            Weights,
            "llama3-70b fp8 on 2",
            33.88,
            on(llama3_70b(), Dtype::Fp8, 2),
        ),
        (
            MixedWeights,
            "gpt-oss-20b mxfp4",
            13.47,
            on(gpt_oss_20b(), Dtype::Mxfp4, 1),
        ),
        (
            MixedWeights,
            "gpt-oss-120b mxfp4",
            64.38,
            on(gpt_oss_120b(), Dtype::Mxfp4, 1),
        ),
    ] {
        rows.push(row(kind, name, gib, GIB, ours));
    }
}

/// What vLLM wrote into logs that people published: "model weights take", "Model loading took".
fn logged(rows: &mut Vec<Row>) {
    use Kind::{MixedWeights, Weights};
    for (kind, name, gib, ours) in [
        (
            Weights,
            "qwen3-8b bf16",
            15.27,
            on(qwen3_8b(), Dtype::Bf16, 1),
        ),
        (
            Weights,
            "qwen3-8b fp16 on 4",
            3.85,
            on(qwen3_8b(), Dtype::Fp16, 4),
        ),
        (
            Weights,
            "qwen2.5-1.5b bf16, tied",
            2.8875,
            on(qwen25_1_5b(), Dtype::Bf16, 1),
        ),
        (
            Weights,
            "phi-4-mini bf16, tied",
            7.1694,
            on(phi4_mini(), Dtype::Bf16, 1),
        ),
        (
            MixedWeights,
            "gpt-oss-20b mxfp4, vLLM 0.19",
            13.72,
            on(gpt_oss_20b(), Dtype::Mxfp4, 1),
        ),
    ] {
        rows.push(row(kind, name, gib, GIB, ours));
    }
}

fn on(model: (u64, Architecture), dtype: Dtype, tensor: u64) -> u64 {
    let how = serving("vllm");
    let estimate = inference(&subject(model, dtype), &how, over(tensor), &h100());
    estimate.bytes(Term::Weights)
}
