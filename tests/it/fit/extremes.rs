//! Shapes and usages at and beyond the ends of what may be written: no panic, no wrap, and more work
//! never needs less memory.

use mlinfra::fit::{Card, Job, Subject, Usage, held};
use mlinfra::model::{
    Architecture, AttentionKernel, Census, Dtype, Experts, Method, Optimizer, Precision, Recompute,
    Sharding, Training,
};
use mlinfra::units::Parameters;
use proptest::prelude::*;

/// A number from 1 to `most`, often one of the two.
fn up_to(most: u64) -> impl Strategy<Value = u64> {
    prop_oneof![Just(1), Just(most), 1..=most, 1..=most.min(1000)]
}

fn small(most: u32) -> impl Strategy<Value = u32> {
    prop_oneof![Just(1), Just(most), 1..=most, 1..=most.min(1000)]
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

prop_compose! {
    fn shape()(
        (layers, hidden, heads, head_dim) in (up_to(10_000_000), up_to(10_000_000), up_to(10_000_000), up_to(10_000_000)),
        (ffn, vocab) in (up_to(10_000_000), up_to(10_000_000)),
        experts in prop::option::of(up_to(10_000_000)),
        flags in prop::array::uniform4(any::<bool>()),
        shared in any::<bool>(),
    ) -> Architecture {
        let [gated, tied_embeddings, generates, dropout] = flags;
        Architecture {
            layers, hidden, heads,
            kv_heads: if shared { 1 } else { heads },
            head_dim, ffn, vocab, gated, tied_embeddings, generates, dropout,
            experts: experts.map(|count| Experts { count, active: count.min(2) }),
            kv_latent: None,
            window: None,
        }
    }
}

prop_compose! {
    fn training()(
        words in (
            one_of(Method::ALL), one_of(Optimizer::ALL), one_of(Precision::ALL),
            one_of(Sharding::ALL), one_of(Recompute::ALL), one_of(AttentionKernel::ALL),
        ),
        (micro_batch, sequence) in (small(1_000_000), prop::option::of(small(100_000_000))),
        (gradient_accumulation, loss_chunks, lora_rank) in (small(1_000_000), small(1_000_000), small(1_000_000)),
        (tensor_parallel, pipeline_parallel) in (small(1_000_000), small(1_000_000)),
        (compile, fused_step) in (any::<bool>(), any::<bool>()),
    ) -> Training {
        let (method, optimizer, precision, sharding, recompute, attention) = words;
        Training {
            method, optimizer, precision, sharding, recompute, attention,
            micro_batch, sequence, gradient_accumulation, loss_chunks, lora_rank,
            tensor_parallel, pipeline_parallel, compile, fused_step,
            ..Training::default()
        }
    }
}

prop_compose! {
    fn job()(
        parameters in up_to(u64::MAX),
        shape in prop::option::of(shape()),
        dtype in one_of(Dtype::ALL),
        how in training(),
        copies in up_to(1000),
    ) -> Job {
        let copy = u64::from(how.tensor_parallel) * u64::from(how.pipeline_parallel);
        Job {
            gpus: copy.saturating_mul(copies),
            subject: Subject {
                census: Census::of(Parameters::new(parameters), shape.as_ref()),
                shape,
                dtype,
                weight_bytes: None,
            },
            usage: Usage::Training(how),
        }
    }
}

fn card(usable: u64) -> Card {
    Card {
        name: "X".into(),
        usable,
        estimated: false,
        large: false,
    }
}

proptest! {
    #[test]
    fn training_at_the_ends_of_its_ranges_only_grows(job in job(), usable in up_to(u64::MAX)) {
        let card = card(usable);
        let held = held(&job, card.clone());
        for component in &held.estimate.components {
            prop_assert!(component.bytes <= held.estimate.total());
        }
        let more = job.with_batch(job.batch().saturating_mul(2)).judge(&card);
        prop_assert!(more.estimate.total() >= held.estimate.total());
        prop_assert!(more.verdict >= held.verdict);
    }

    #[test]
    fn inference_at_the_ends_of_its_ranges_only_grows(
        job in job(),
        vllm in any::<bool>(),
        sequences in prop::option::of(small(1_000_000)),
        tokens in prop::option::of(small(100_000_000)),
        usable in up_to(u64::MAX),
    ) {
        let Usage::Training(how) = &job.usage else { unreachable!() };
        let serving = mlinfra::model::Serving {
            mode: mlinfra::model::ServingMode::RealTime,
            max_batch: how.micro_batch,
            sequence: how.sequence,
            runtime: vllm.then(|| "vllm".to_owned()),
            engine: None,
            kv_dtype: None,
            activation_per_sample: None,
            measured_memory: std::collections::BTreeMap::new(),
            tensor_parallel: Some(how.tensor_parallel),
            pipeline_parallel: how.pipeline_parallel,
            max_sequences: sequences,
            max_batched_tokens: tokens,
            origin: mlinfra::model::Origin {
                file: mlinfra::diagnostics::FileId(0),
                start: 0,
                end: 0,
            },
        };
        let job = Job { usage: Usage::Inference(serving), ..job };
        let card = card(usable);
        let held = held(&job, card.clone());
        let more = job.with_batch(job.batch().saturating_mul(2)).judge(&card);
        prop_assert!(more.estimate.total() >= held.estimate.total());
        prop_assert!(more.verdict >= held.verdict);
    }
}
