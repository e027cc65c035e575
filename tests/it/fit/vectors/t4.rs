//! Fitcheck-llm 0.3.1's runs on a T4 (data/measurements in its package): adapters in 32 bits for all
//! of attention, weights in fp16, or in nf4 beside 32 bits, and full recomputation.

use super::super::models::*;
use super::*;

/// Model, method, attention, rank, samples, tokens of each, and MiB that PyTorch had allocated at most.
const RUNS: &str = "\
qwen2.5-1.5b        lora  eager 32  2 1024  7406
qwen2.5-1.5b        lora  flash 32  2 1024  7402
smollm2-1.7b        lora  eager 32  4 1024  6537
smollm2-1.7b        lora  flash 32  4 1024  6529
smollm2-135m        lora  eager 32  1 4096  3180
smollm2-135m        lora  flash 32  1 4096  3148
smollm2-135m        lora  eager 32  2  512  1027
smollm2-135m        lora  flash 32  2  512  1027
smollm2-360m        lora  eager 32  1 4096  4909
smollm2-360m        lora  flash 32  1 4096  3755
tinyllama-1.1b      lora  eager 32  2 1024  3518
tinyllama-1.1b      lora  flash 32  2 1024  3288
tinyllama-1.1b      lora  eager 32  2 2048  6616
tinyllama-1.1b      lora  flash 32  2 2048  4354
tinyllama-1.1b      lora  eager 32  2  512  2757
tinyllama-1.1b      lora  flash 32  2  512  2756
qwen2.5-1.5b        lora  eager 32  1 2048  7410
qwen2.5-1.5b        lora  flash 32  1 2048  7402
smollm2-1.7b        lora  eager 32  1 2048  5706
smollm2-1.7b        lora  flash 32  1 2048  4977
qwen2.5-7b          qlora eager 16  1 1024 10585
mistral-7b-v0.3     qlora eager 16  1 1024  6191
deepseek-coder-1.3b qlora eager 16  1 1024  1975
deepseek-coder-1.3b qlora flash 16  1 1024  1972
mistral-7b-v0.3     qlora flash 16  1 1024  6056
qwen2.5-coder-1.5b  qlora flash 16  1 1024  4235
qwen2.5-coder-1.5b  qlora eager 16  1 1024  4236
qwen2.5-7b          qlora flash 16  1 1024 10586
llama3.2-3b         qlora eager 16  1 1024  5499
llama3.2-3b         qlora flash 16  1 1024  5495
llama3.2-1b         qlora flash 16  1 1024  3723
llama3.2-1b         qlora eager 16  1 1024  3728
qwen2.5-1.5b        qlora eager 32  2 1024  6839
qwen2.5-1.5b        qlora flash 32  2 1024  6828
smollm2-1.7b        qlora eager 32  4 1024  5297
smollm2-1.7b        qlora flash 32  4 1024  5281
smollm2-135m        qlora eager 32  1 4096  3679
smollm2-135m        qlora flash 32  1 4096  3577
smollm2-135m        qlora eager 32  2  512  1067
smollm2-135m        qlora flash 32  2  512  1064
smollm2-360m        qlora eager 32  1 4096  5687
smollm2-360m        qlora flash 32  1 4096  4018
tinyllama-1.1b      qlora eager 32  2 1024  2876
tinyllama-1.1b      qlora flash 32  2 1024  2532
tinyllama-1.1b      qlora eager 32  2 2048  6651
tinyllama-1.1b      qlora flash 32  2 2048  3896
tinyllama-1.1b      qlora eager 32  2  512  1850
tinyllama-1.1b      qlora flash 32  2  512  1849
qwen2.5-1.5b        qlora eager 32  1 2048  6850
qwen2.5-1.5b        qlora flash 32  1 2048  6831
smollm2-1.7b        qlora eager 32  1 2048  4323
smollm2-1.7b        qlora flash 32  1 2048  3346
tinyllama-1.1b      qlora eager 32  1 1024  2020
tinyllama-1.1b      qlora flash 32  1 1024  1843
tinyllama-1.1b      qlora flash 32 12 1024  9372
tinyllama-1.1b      qlora eager 32  4 1024  4590
tinyllama-1.1b      qlora flash 32  4 1024  3896
tinyllama-1.1b      qlora eager 32  8 1024  8018
tinyllama-1.1b      qlora flash 32  8 1024  6632
";

pub(super) fn rows(rows: &mut Vec<Row>) {
    for line in RUNS.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, method, attention, rank, samples, tokens, mib] = words[..] else {
            panic!("seven words: {line}");
        };
        let how = Training {
            method: Method::from_name(method).unwrap(),
            precision: Precision::Amp,
            attention: AttentionKernel::from_name(attention).unwrap(),
            lora_rank: rank.parse().unwrap(),
            lora_targets: LoraTargets::Attention,
            recompute: Recompute::Full,
            micro_batch: samples.parse().unwrap(),
            sequence: Some(tokens.parse().unwrap()),
            ..Training::default()
        };
        let estimate = training(&subject(model(name), Dtype::Fp16), &how, Parallel::ONE);
        let ours = estimate.total() - estimate.bytes(Term::Context);
        let name = format!("{name} {method} {attention}, {samples} × {tokens}");
        rows.push(row(Kind::Training, name, mib.parse().unwrap(), MIB, ours));
    }
}

fn model(name: &str) -> (u64, mlinfra::model::Architecture) {
    match name {
        "deepseek-coder-1.3b" => deepseek_coder_1_3b(),
        "llama3.2-1b" => llama32_1b(),
        "llama3.2-3b" => llama32_3b(),
        "mistral-7b-v0.3" => mistral_7b_v3(),
        "qwen2.5-1.5b" | "qwen2.5-coder-1.5b" => qwen25_1_5b(),
        "qwen2.5-7b" => qwen25_7b(),
        "smollm2-135m" => smollm2_135m(),
        "smollm2-360m" => smollm2_360m(),
        "smollm2-1.7b" => smollm2_1_7b(),
        "tinyllama-1.1b" => tinyllama(),
        other => panic!("no model {other}"),
    }
}
