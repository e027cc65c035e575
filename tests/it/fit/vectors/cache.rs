use super::super::models::*;
use super::*;

pub(super) fn rows(rows: &mut Vec<Row>) {
    let cache = |model, tokens: u32| {
        let how = Serving {
            sequence: Some(tokens),
            ..serving("vllm")
        };
        let estimate = inference(&subject(model, Dtype::Fp16), &how, Parallel::ONE, &h100());
        estimate.bytes(Term::KvCache)
    };
    // The published table counts 16 key-value heads for the largest; its model has 8.
    let wide = || {
        let (parameters, shape) = llama3_405b();
        let kv_heads = 16;
        (
            parameters,
            mlinfra::model::Architecture { kv_heads, ..shape },
        )
    };
    for (name, gib, ours) in [
        ("llama3-8b, 1,024 tokens", 0.125, cache(llama3_8b(), 1024)),
        ("llama3-8b, 16,000 tokens", 1.95, cache(llama3_8b(), 16_000)),
        (
            "llama3-8b, 128,000 tokens",
            15.62,
            cache(llama3_8b(), 128_000),
        ),
        ("llama3-70b, 1,024 tokens", 0.313, cache(llama3_70b(), 1024)),
        (
            "llama3-70b, 16,000 tokens",
            4.88,
            cache(llama3_70b(), 16_000),
        ),
        (
            "llama3-70b, 128,000 tokens",
            39.06,
            cache(llama3_70b(), 128_000),
        ),
        ("llama3-405b, 1,024 tokens", 0.984, cache(wide(), 1024)),
        ("llama3-405b, 16,000 tokens", 15.38, cache(wide(), 16_000)),
        (
            "llama3-405b, 128,000 tokens",
            123.05,
            cache(wide(), 128_000),
        ),
        (
            "llama3-8b, 158,656 tokens on an L40S",
            19.367_187_5,
            cache(llama3_8b(), 158_656),
        ),
    ] {
        rows.push(row(Kind::Formula, name, gib, GIB, ours));
    }
    for (name, kib, model) in [
        ("opt-13b, a token", 800.0, opt_13b()),
        ("mistral-small-24b, a token", 160.0, mistral_small_24b()),
    ] {
        let ours = kv_bytes_per_token(&model.1, Dtype::Bf16);
        rows.push(row(Kind::Formula, name, kib, 1024.0, ours));
    }
}

pub(super) fn workspaces(rows: &mut Vec<Row>) {
    let workspace = |model, dtype, tensor, how: &Serving| {
        let estimate = inference(&subject(model, dtype), how, over(tensor), &h100());
        estimate.bytes(Term::Workspace)
    };
    let vllm = serving("vllm");
    let few = Serving {
        max_sequences: Some(256),
        ..serving("vllm")
    };
    // Without chunked prefill a pass was as long as the longest request.
    let pass = Serving {
        max_batched_tokens: Some(32_768),
        ..few.clone()
    };
    for (name, gib, ours) in [
        (
            "workspace of gpt-oss-20b",
            7.38,
            workspace(gpt_oss_20b(), Dtype::Mxfp4, 1, &vllm),
        ),
        (
            "workspace of gpt-oss-120b",
            7.38,
            workspace(gpt_oss_120b(), Dtype::Mxfp4, 1, &vllm),
        ),
        (
            "workspace of llama3-70b on 2",
            4.84,
            workspace(llama3_70b(), Dtype::Fp8, 2, &vllm),
        ),
        (
            "workspace of llama3.1-8b",
            4.76,
            workspace(llama3_8b(), Dtype::Bf16, 1, &vllm),
        ),
        (
            "workspace of qwen3-32b",
            5.64,
            workspace(qwen3_32b(), Dtype::Bf16, 1, &vllm),
        ),
        (
            "workspace of llama3-8b, vLLM 0",
            1.26,
            workspace(llama3_8b(), Dtype::Bf16, 1, &few),
        ),
        (
            "workspace of llama3.1-8b, vLLM 0",
            1.19,
            workspace(llama3_8b(), Dtype::Bf16, 1, &few),
        ),
        (
            "workspace of qwen3-8b, vLLM 0",
            1.40,
            workspace(qwen3_8b(), Dtype::Bf16, 1, &few),
        ),
        (
            "workspace of qwen3-8b on 4, vLLM 0.8.5",
            1.45,
            workspace(qwen3_8b(), Dtype::Fp16, 4, &few),
        ),
        (
            "workspace of qwen2.5-7b, vLLM 0",
            1.42,
            workspace(qwen25_7b(), Dtype::Int4, 1, &few),
        ),
        (
            "workspace of phi-4-mini, vLLM 0",
            1.83,
            workspace(phi4_mini(), Dtype::Bf16, 1, &few),
        ),
        (
            "workspace of qwen2.5-1.5b, 32,768 tokens",
            2.02,
            workspace(qwen25_1_5b(), Dtype::Fp16, 1, &pass),
        ),
    ] {
        rows.push(row(Kind::Shown, name, gib, GIB, ours));
    }
}
