//! The same once more, flat and in floating point, written from the published formulas and from
//! docs/gpu-fit.md and not from the code: all of it for random decoders, to a millionth.

use mlinfra::fit::{Card, Estimate, Parallel, Term, inference, training};
use mlinfra::model::{Dtype, Precision, Recompute, Serving, Sharding, Training};

use super::models::{decoder, subject};
use super::vectors::{float, h100, serving};

const MIB: f64 = 1024.0 * 1024.0;
const CONTEXT: f64 = 512.0 * MIB;
const NCCL: f64 = 430.0 * MIB;

/// Numbers that look random and are the same in every run (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn of(&mut self, choices: &[u64]) -> u64 {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }
}

/// A decoder and how it is spread, in the letters of the papers.
struct Decoder {
    layers: u64,
    h: u64,
    a: u64,
    k: u64,
    d: u64,
    i: u64,
    v: u64,
    s: u32,
    b: u32,
    t: u64,
    n: u64,
}

impl Decoder {
    fn random(numbers: &mut Numbers) -> Self {
        let t = numbers.of(&[1, 2, 4]);
        let k = t * numbers.of(&[1, 2]);
        let a = k * numbers.of(&[1, 2, 8]);
        let d = numbers.of(&[64, 128]);
        let h = 64 * (8 + numbers.below(120));
        Self {
            layers: 2 + numbers.below(60),
            i: h * (2 + numbers.below(3)),
            v: 30_000 + numbers.below(220_000),
            s: 16 * (1 + u32::try_from(numbers.below(256)).unwrap()),
            b: 1 + u32::try_from(numbers.below(16)).unwrap(),
            n: numbers.of(&[1, 2, 8]),
            h,
            a,
            k,
            d,
            t,
        }
    }

    fn layer_parameters(&self) -> u64 {
        self.h * (2 * self.a * self.d + 2 * self.k * self.d + 3 * self.i)
    }

    fn parameters(&self) -> u64 {
        2 * self.v * self.h + self.layers * self.layer_parameters()
    }

    fn model(&self) -> (u64, mlinfra::model::Architecture) {
        let numbers = [self.layers, self.h, self.a, self.k, self.d, self.i, self.v];
        decoder(self.parameters(), numbers)
    }

    fn parallel(&self, data: u64) -> Parallel {
        Parallel {
            tensor: self.t,
            pipeline: 1,
            data,
        }
    }
}

/// In the order of the letters: h, ad, kd, I, V, b·s and t.
fn letters(of: &Decoder) -> [f64; 7] {
    let tokens = u64::from(of.b) * u64::from(of.s);
    [of.h, of.a * of.d, of.k * of.d, of.i, of.v, tokens, of.t].map(float)
}

#[track_caller]
fn alike(name: &str, ours: f64, theirs: f64) {
    let apart = (ours - theirs).abs();
    assert!(apart <= 64.0 + theirs * 1e-6, "{name}: {ours} and {theirs}");
}

fn nccl(gpus: u64) -> f64 {
    if gpus > 1 { NCCL } else { 0.0 }
}

#[test]
fn inference_of_random_decoders_is_what_the_formulas_say() {
    let mut numbers = Numbers(1);
    for _ in 0..200 {
        let of = Decoder::random(&mut numbers);
        for runtime in ["vllm", "other"] {
            let how = Serving {
                max_batch: of.b,
                sequence: Some(of.s),
                ..serving(runtime)
            };
            let card: Card = h100();
            let subject = subject(of.model(), Dtype::Bf16);
            let estimate = inference(&subject, &how, of.parallel(1), &card);
            check_inference(&of, runtime == "vllm", &estimate);
        }
    }
}

fn check_inference(of: &Decoder, vllm: bool, estimate: &Estimate) {
    let [h, _, kd, i, v, tokens, t] = letters(of);
    let weights = 2.0 * float(of.parameters()) / t;
    let cache = 2.0 * float(of.layers) * kd * 2.0 * tokens / t;
    let pass = |tokens: f64| 2.0 * tokens * (3.0 * i / t + 4.0 * h);
    let rest = if vllm {
        let sampler = 38.8 * 1024.0 * v;
        alike(
            "workspace",
            float(estimate.bytes(Term::Workspace)),
            sampler.max(pass(8192.0)),
        );
        sampler.max(pass(8192.0)) + 256.0 * MIB
    } else {
        pass(tokens) + 4.0 * f64::from(of.b) * v
    };
    alike("weights", float(estimate.bytes(Term::Weights)), weights);
    alike("cache", float(estimate.bytes(Term::KvCache)), cache);
    let total = weights + cache + rest + nccl(of.t) + CONTEXT;
    alike("total", float(estimate.total()), total);
}

#[test]
fn training_of_random_decoders_is_what_the_formulas_say() {
    let mut numbers = Numbers(2);
    let ways = [
        Sharding::None,
        Sharding::Zero1,
        Sharding::Zero2,
        Sharding::Zero3,
    ];
    for step in 0..200 {
        let of = Decoder::random(&mut numbers);
        let stage = step % 4;
        let recompute = numbers.below(2) == 1;
        let how = Training {
            precision: Precision::Mixed,
            sharding: ways[stage],
            recompute: if recompute {
                Recompute::Full
            } else {
                Recompute::None
            },
            micro_batch: of.b,
            sequence: Some(of.s),
            ..Training::default()
        };
        let subject = subject(of.model(), Dtype::Bf16);
        let estimate = training(&subject, &how, of.parallel(of.n));
        let moments = moments(&of, stage, recompute);
        let most = moments.into_iter().fold(0.0, f64::max);
        alike("total", float(estimate.total()), most);
    }
}

/// Bytes when the loss is computed, the backward pass starts and ends, and the weights change.
fn moments(of: &Decoder, stage: usize, recompute: bool) -> [f64; 4] {
    let [h, ad, kd, i, v, tokens, t] = letters(of);
    let (p, n, layers) = (float(of.parameters()) / t, float(of.n), float(of.layers));
    let shared = |from: usize| if stage >= from { n } else { 1.0 };
    let (weights, optimizer) = (2.0 * p / shared(3), 12.0 * p / shared(1));
    let gradients = 2.0 * p / shared(2);
    let largest = (v * h).max(h * i);
    let head = gradients * largest / float(of.parameters());
    // 2·(4h + 2ad + 2kd + 4I) a token, and two norms' 32-bit copies.
    let cut = 2.0 * (2.0 * ad + 2.0 * kd + 4.0 * i) / t;
    let layer = tokens * (2.0 * 4.0 * h + cut + 8.0 * h);
    let (kept, again) = if recompute {
        (2.0 * tokens * h, layer)
    } else {
        (layer, 0.0)
    };
    let back = 2.0 * tokens * (h + (2.0 * i).max(ad + 2.0 * kd) / t) + again;
    let logits = 14.0 * tokens * v / t;
    // Two layers' weights and one's gradients are whole, and the larger table while it is used.
    let (live, tables) = if stage == 3 && of.n > 1 {
        let one = 2.0 * float(of.layer_parameters()) / t;
        (3.0 * one, 2.0 * largest.min(2.0 * v * h) / t)
    } else {
        (0.0, 0.0)
    };
    let buckets = match stage {
        _ if of.n == 1 => 0.0,
        0 => gradients,
        _ => gradients.min(1e9),
    };
    let always = weights + optimizer + buckets + nccl(of.t * of.n) + CONTEXT;
    [
        always + head + layers * kept + logits + tables + live / 3.0,
        always + head + layers * kept + back + live,
        always + gradients + kept + back + live,
        always + gradients + optimizer / 3.0,
    ]
}
