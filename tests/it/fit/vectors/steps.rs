use super::super::models::*;
use super::*;
use mlinfra::model::Architecture;

/// Torchtune's table for Llama-3.2-3B on an A100, each row with one thing more than the one before:
/// what PyTorch had in use, so without the driver's context.
pub(super) fn rows(rows: &mut Vec<Row>) {
    let model = subject(llama32_3b(), Dtype::Bf16);
    let packed = Training {
        precision: Precision::Bf16,
        micro_batch: 2,
        sequence: Some(4096),
        ..Training::default()
    };
    let compiled = Training {
        compile: true,
        ..packed.clone()
    };
    let chunked = Training {
        loss_chunks: 8,
        ..compiled.clone()
    };
    let recomputed = Training {
        recompute: Recompute::Full,
        ..chunked.clone()
    };
    let fused = Training {
        fused_step: true,
        ..recomputed.clone()
    };
    let offloaded = Training {
        offload: vec![Offload::Activations],
        ..fused.clone()
    };
    let eight_bit = Training {
        optimizer: Optimizer::AdamW8bit,
        ..offloaded.clone()
    };
    let adapters = |method| Training {
        method,
        lora_rank: 64,
        lora_targets: LoraTargets::All,
        offload: vec![Offload::Activations],
        ..recomputed.clone()
    };
    for (name, gib, how) in [
        ("llama3.2-3b bf16, packed", 60.0, packed),
        ("+ compiled", 51.0, compiled),
        ("+ loss in 8 parts", 42.9, chunked),
        ("+ full recomputation", 24.9, recomputed.clone()),
        ("+ step in the backward pass", 23.1, fused),
        ("+ activations on the host", 21.8, offloaded),
        ("+ 8-bit AdamW", 17.6, eight_bit),
        ("LoRA", 8.5, adapters(Method::Lora)),
        ("QLoRA", 4.6, adapters(Method::Qlora)),
    ] {
        let estimate = training(&model, &how, Parallel::ONE);
        let ours = estimate.total() - estimate.bytes(Term::Context);
        rows.push(row(Kind::Training, name, gib, GIB, ours));
    }
    single_rows(rows);
    bert_rows(rows);
}

/// What PyTorch had in use on one of so many ranks.
fn total(model: (u64, Architecture), how: &Training, data: u64) -> u64 {
    let estimate = training(&subject(model, Dtype::Bf16), how, ranks(data));
    let outside = estimate.bytes(Term::Context) + estimate.bytes(Term::Communication);
    estimate.total() - outside
}

/// Torchtune's table for Llama 3.1, 2 × 2,048 tokens, compiled, the loss in 8 parts: on the smaller
/// card with full recomputation, on the larger without, as its recipes of that time have it; full
/// training with the states paged to the host and each gradient used at once, adapters of rank 8 for
/// queries and values.
fn single_rows(rows: &mut Vec<Row>) {
    let full = Training {
        precision: Precision::Bf16,
        offload: vec![Offload::Optimizer],
        fused_step: true,
        micro_batch: 2,
        sequence: Some(2048),
        compile: true,
        loss_chunks: 8,
        recompute: Recompute::Full,
        ..Training::default()
    };
    let adapters = |method| Training {
        method,
        lora_rank: 8,
        lora_targets: LoraTargets::QueryValue,
        offload: vec![],
        fused_step: false,
        ..full.clone()
    };
    let kept = |how: &Training| Training {
        recompute: Recompute::None,
        ..how.clone()
    };
    let (lora, qlora) = (adapters(Method::Lora), adapters(Method::Qlora));
    let sharded = |how: &Training| Training {
        sharding: Sharding::Fsdp,
        ..how.clone()
    };
    let on_the_host = Training {
        offload: vec![Offload::Optimizer, Offload::Parameters],
        ..sharded(&full)
    };
    for (name, gib, ours) in [
        (
            "llama3.1-8b full, recomputed",
            18.9,
            total(llama3_8b(), &full, 1),
        ),
        (
            "llama3.1-8b full",
            37.4,
            total(llama3_8b(), &kept(&full), 1),
        ),
        (
            "llama3.1-8b LoRA, recomputed",
            16.2,
            total(llama3_8b(), &lora, 1),
        ),
        (
            "llama3.1-8b LoRA",
            30.3,
            total(llama3_8b(), &kept(&lora), 1),
        ),
        (
            "llama3.1-8b QLoRA, recomputed",
            7.4,
            total(llama3_8b(), &qlora, 1),
        ),
        (
            "llama3.1-70b full on 8, offloaded",
            13.9,
            total(llama3_70b(), &on_the_host, 8),
        ),
        (
            "llama3.1-70b LoRA on 8",
            27.6,
            total(llama3_70b(), &sharded(&lora), 8),
        ),
    ] {
        rows.push(row(Kind::Training, name, gib, GIB, ours));
    }
    let largest = total(llama3_405b(), &sharded(&qlora), 8);
    rows.push(row(
        Kind::Training,
        "llama3.1-405b QLoRA on 8",
        44.8,
        GB,
        largest,
    ));
}

/// Transformers' page on memory, BERT-large on a V100 whose driver took 1,343 MiB: what nvidia-smi
/// showed. PyTorch of that time kept gradients between steps, as accumulation does.
fn bert_rows(rows: &mut Vec<Row>) {
    let model = subject(bert_large(), Dtype::Fp32);
    let vanilla = Training {
        precision: Precision::Fp32,
        attention: AttentionKernel::Eager,
        micro_batch: 4,
        sequence: Some(512),
        gradient_accumulation: 2,
        ..Training::default()
    };
    let single = Training {
        micro_batch: 1,
        ..vanilla.clone()
    };
    let recomputed = Training {
        recompute: Recompute::Full,
        ..single.clone()
    };
    let autocast = Training {
        precision: Precision::Amp,
        ..vanilla.clone()
    };
    let with = |optimizer| Training {
        optimizer,
        ..vanilla.clone()
    };
    let (adafactor, eight_bit) = (with(Optimizer::Adafactor), with(Optimizer::AdamW8bit));
    for (name, mib, how) in [
        ("bert-large Adafactor, 4 samples", 12_295.0, adafactor),
        ("bert-large 8-bit Adam, 4 samples", 13_046.0, eight_bit),
        ("bert-large fp32, 4 samples", 14_949.0, vanilla),
        ("bert-large fp32, 1 sample", 8_681.0, single),
        ("bert-large fp32, recomputed", 6_775.0, recomputed),
        ("bert-large autocast, 4 samples", 13_743.0, autocast),
    ] {
        let estimate = training(&model, &how, Parallel::ONE);
        let ours = estimate.total() - estimate.bytes(Term::Context) + (1343 << 20);
        rows.push(row(Kind::Training, name, mib, MIB, ours));
    }
}
