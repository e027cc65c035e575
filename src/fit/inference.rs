//! Memory of a model that answers.

use super::arithmetic::{product, share, sum};
use super::card::Card;
use super::estimate::{Estimate, Term};
use super::subject::{Parallel, Subject};
use super::{CONTEXT, LINKED, WORKSPACE, kv_cache, measured, weights};
use crate::model::{Architecture, Dtype, Serving};
use crate::units::grouped;

/// Bytes that vLLM's sampler takes for each sequence and word, in tenths: measured on its version
/// 0.11 for six models on an H100 (4.76 GiB for 1,024 sequences and 128,256 words). Other versions
/// may need another figure; `max_sequences` says how many sequences it is for.
const SAMPLER_TENTHS: u64 = 388;

/// Memory for recorded launches of kernels (CUDA graphs), as vLLM's own tools count it.
const GRAPHS: u64 = 256 << 20;

/// Memory of one GPU that serves a model, by component.
///
/// A server of vLLM's kind reserves its workspace for the most sequences and tokens that it ever
/// works on; any other needs what its largest batch takes on its way through the widest layer.
#[must_use]
pub fn inference(
    subject: &Subject,
    serving: &Serving,
    parallel: Parallel,
    card: &Card,
) -> Estimate {
    if let Some(estimate) = measured::estimate(&serving.measured_memory, serving.max_batch, None) {
        return estimate;
    }
    let mut estimate = Estimate::new(None);
    let bytes = share(weights(subject), 1, parallel.model());
    let what = weights::formula(subject);
    estimate.push(Term::Weights, bytes, format!("{what}{}", spread(parallel)));
    match &subject.shape {
        Some(shape) => {
            cache(shape, subject, serving, parallel, &mut estimate);
            if vllm(serving) {
                reserved(shape, serving, parallel, card, &mut estimate);
            } else {
                on_the_way(shape, subject, serving, parallel, &mut estimate);
            }
        }
        None => samples(serving, &mut estimate),
    }
    if parallel.gpus() > 1 {
        estimate.push(Term::Communication, LINKED, "NCCL");
    }
    estimate.push(
        Term::Context,
        CONTEXT,
        "driver and libraries, on current drivers",
    );
    estimate
}

/// Whether the server reserves its workspace as vLLM does.
fn vllm(serving: &Serving) -> bool {
    serving
        .runtime
        .as_deref()
        .is_some_and(|runtime| runtime.eq_ignore_ascii_case("vllm"))
}

fn spread(parallel: Parallel) -> String {
    match parallel.model() {
        1 => String::new(),
        n => format!(" over {n} GPUs"),
    }
}

fn cache(
    shape: &Architecture,
    subject: &Subject,
    serving: &Serving,
    parallel: Parallel,
    estimate: &mut Estimate,
) {
    if !shape.generates {
        return;
    }
    let Some(tokens) = serving.sequence else {
        estimate.leaves_out("the cache of keys and values, as no `sequence` is given");
        return;
    };
    let dtype = serving
        .kv_dtype
        .unwrap_or_else(|| kv_cache::default_dtype(subject.dtype));
    let load = (serving.max_batch.into(), tokens.into());
    let bytes = kv_cache::bytes(shape, dtype, load, parallel);
    let each = kv_cache::bytes_per_token(shape, dtype);
    let window = match shape.window {
        Some(w) if u64::from(tokens) > w.tokens => {
            format!(
                ", {} layers of {} tokens at most",
                w.layers,
                grouped(w.tokens.into())
            )
        }
        _ => String::new(),
    };
    let formula = format!(
        "{} × {} tokens of {} B in {dtype}{window}{}",
        serving.max_batch,
        grouped(tokens.into()),
        grouped(each.into()),
        spread(parallel)
    );
    estimate.push(Term::KvCache, bytes, formula);
}

/// What vLLM's profiling run takes: the sampler's for all sequences, or the widest layer's for all
/// tokens of a pass, whichever is more.
fn reserved(
    shape: &Architecture,
    serving: &Serving,
    parallel: Parallel,
    card: &Card,
    estimate: &mut Estimate,
) {
    // vLLM's own defaults: more on cards of 70 GiB and above, A100s aside.
    let sequences = serving
        .max_sequences
        .unwrap_or(if card.large { 1024 } else { 256 });
    let tokens = serving
        .max_batched_tokens
        .unwrap_or(if card.large { 8192 } else { 2048 });
    let sampler = share(
        product(&[sequences.into(), shape.vocab]),
        SAMPLER_TENTHS,
        10,
    );
    let pass = product(&[2, tokens.into(), widest(shape, parallel.tensor)]);
    let (bytes, formula) = if sampler >= pass {
        let words = grouped(shape.vocab.into());
        (
            sampler,
            format!("38.8 B × {sequences} sequences × {words} words, as in vLLM 0.11"),
        )
    } else {
        (
            pass,
            format!(
                "{} tokens through the widest layer, as in vLLM 0.11",
                grouped(tokens.into())
            ),
        )
    };
    estimate.push(Term::Workspace, bytes, formula);
    estimate.push(Term::Graphs, GRAPHS, "recorded launches of kernels");
}

/// What the largest batch takes on its way through the widest layer, and the scores of one token of
/// each sequence.
fn on_the_way(
    shape: &Architecture,
    subject: &Subject,
    serving: &Serving,
    parallel: Parallel,
    estimate: &mut Estimate,
) {
    let batch = u64::from(serving.max_batch);
    match serving.sequence {
        Some(tokens) => {
            let size = match subject.dtype {
                Dtype::Fp32 | Dtype::Tf32 => 4,
                _ => 2,
            };
            let bytes = product(&[size, batch, tokens.into(), widest(shape, parallel.tensor)]);
            let tokens = grouped(tokens.into());
            let formula = format!("{batch} × {tokens} tokens through the widest layer");
            estimate.push(Term::Activations, bytes, formula);
        }
        None if shape.generates => {}
        None => estimate.leaves_out("activations, as no `sequence` is given"),
    }
    if shape.generates {
        let bytes = product(&[4, batch, shape.vocab]);
        let formula = format!("{batch} × {} words in 32 bits", grouped(shape.vocab.into()));
        estimate.push(Term::Logits, bytes, formula);
    }
}

/// Numbers per token that are there at once in the widest layer: gate, product and input of the
/// feed-forward part, and four times the hidden size.
fn widest(shape: &Architecture, tensor: u64) -> u64 {
    let active = shape.experts.map_or(1, |experts| experts.active.max(1));
    let inner = product(&[if shape.gated { 3 } else { 2 }, shape.ffn, active]);
    sum([share(inner, 1, tensor), product(&[4, shape.hidden])])
}

/// Of a model without a known shape: what its user says that a sample takes.
fn samples(serving: &Serving, estimate: &mut Estimate) {
    match serving.activation_per_sample {
        Some(each) => {
            let bytes = each.get().saturating_mul(serving.max_batch.into());
            estimate.push(
                Term::Activations,
                bytes,
                format!("{} × {each}", serving.max_batch),
            );
        }
        None => estimate.leaves_out(
            "activations, as the model names no `architecture` and the stage no \
             `activation_per_sample`",
        ),
    }
    estimate.push(Term::Workspace, WORKSPACE, "libraries' own buffers");
}
