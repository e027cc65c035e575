//! What training keeps for each parameter, and what data-parallel ranks share of it.
//!
//! Mixed precision with Adam keeps 16 bytes: weights and gradients in 16 bits, and master weights
//! and two moments in 32 ("ZeRO", Rajbhandari et al., 2020, section 3.1, K = 12). ZeRO-1 shares the
//! states (`4P + 12P/N`), ZeRO-2 also the gradients (`2P + 14P/N`), ZeRO-3 all (`16P/N`).

use super::arithmetic::{product, share, sum};
use super::subject::{Parallel, Subject};
use super::weights::of_census;
use super::{activations, lora};
use crate::model::{Dtype, Method, Offload, Optimizer, Precision, Sharding, Training};

/// Bytes on one GPU.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct States {
    /// Weights that are trained or frozen.
    pub weights: u64,
    /// Weights of adapters.
    pub adapters: u64,
    /// 16-bit copies of 32-bit weights.
    pub copies: u64,
    /// Gradients of all trained parameters.
    pub gradients: u64,
    /// Master weights and moments.
    pub optimizer: u64,
    /// Weights of the layers at work, where they are otherwise shared, compressed or elsewhere.
    pub live_layer: u64,
    /// Embeddings and output head, brought together as well: they belong to no layer.
    pub live_tables: u64,
}

impl Sharding {
    /// Whether ranks share the weights.
    pub(super) const fn shares_weights(self) -> bool {
        matches!(self, Self::Zero3 | Self::Fsdp | Self::DeepSpeedZero3)
    }

    /// Whether these are DeepSpeed's own figures, which have all buffers in them.
    pub(super) const fn is_deepspeeds(self) -> bool {
        matches!(self, Self::DeepSpeedZero2 | Self::DeepSpeedZero3)
    }

    /// Whether ranks share the gradients; DeepSpeed's estimate of ZeRO-2 has them whole.
    pub(super) const fn shares_gradients(self) -> bool {
        self.shares_weights() || matches!(self, Self::Zero2)
    }
}

impl States {
    /// All together.
    #[must_use]
    pub fn total(&self) -> u64 {
        sum([
            self.weights,
            self.adapters,
            self.copies,
            self.gradients,
            self.optimizer,
            self.live_layer,
            self.live_tables,
        ])
    }
}

/// Bytes per trained parameter.
#[derive(Debug, Clone, Copy)]
struct PerParameter {
    weight: u64,
    copy: u64,
    gradient: u64,
    master: u64,
    /// Of one moment.
    moment: u64,
}

const fn per_parameter(precision: Precision) -> PerParameter {
    let (weight, copy, gradient, master, moment) = match precision {
        Precision::Mixed => (2, 0, 2, 4, 4),
        Precision::Amp => (4, 2, 4, 0, 4),
        Precision::Bf16 => (2, 0, 2, 0, 2),
        Precision::Fp32 => (4, 0, 4, 0, 4),
    };
    PerParameter {
        weight,
        copy,
        gradient,
        master,
        moment,
    }
}

/// What training keeps on one GPU.
#[must_use]
pub fn states(subject: &Subject, training: &Training, parallel: Parallel) -> States {
    let whole = match training.method {
        Method::Full => full(subject, training),
        Method::Lora | Method::Qlora => adapters(subject, training),
    };
    let cut = whole.divided(parallel.model());
    let mut states = shared(cut, subject, training, parallel);
    if training.offload.contains(&Offload::Optimizer) {
        states.optimizer = 0;
        if matches!(
            training.sharding,
            Sharding::DeepSpeedZero2 | Sharding::DeepSpeedZero3
        ) {
            // Its own estimate has the gradients in the host's memory as well.
            states.gradients = 0;
        }
    }
    if training.offload.contains(&Offload::Parameters) {
        let (layer, tables) = live(subject, training, parallel);
        states.live_layer = states.live_layer.max(layer);
        states.live_tables = tables;
        states.weights = 0;
    }
    states
}

fn full(subject: &Subject, training: &Training) -> States {
    let (parameters, each) = (subject.census.total, per_parameter(training.precision));
    States {
        weights: product(&[parameters, each.weight]),
        copies: product(&[parameters, each.copy]),
        gradients: product(&[parameters, each.gradient]),
        optimizer: optimizer(parameters, subject, training),
        ..States::default()
    }
}

/// Frozen weights, and all that is trained for the adapters alone.
fn adapters(subject: &Subject, training: &Training) -> States {
    let each = per_parameter(training.precision);
    let rank = training.lora_rank.into();
    let adapters = subject.shape.as_ref().map_or(0, |shape| {
        lora::parameters(shape, rank, training.lora_targets)
    });
    let frozen = match (training.method, training.precision) {
        (Method::Qlora, _) => Dtype::Nf4,
        (_, Precision::Fp32) => Dtype::Fp32,
        _ => Dtype::Bf16,
    };
    // Compressed matrices are opened one after the other.
    let opened = match (&subject.shape, training.method) {
        (Some(shape), Method::Qlora) => product(&[2, shape.hidden, shape.ffn]),
        _ => 0,
    };
    // What isn't compressed is in 16 bits, or in 32; and bitsandbytes compresses scales only when it
    // is asked to: a 32-bit one for each 64 values makes 0.5625 B of each, not 0.516.
    let census = &subject.census;
    let wider = if activations::wide(training) {
        let rest = census.total.saturating_sub(census.linear);
        product(&[2, rest]).saturating_add(share(census.linear, 2304 - 2113, 4096))
    } else {
        0
    };
    States {
        weights: of_census(census, frozen).saturating_add(wider),
        adapters: product(&[adapters, each.weight]),
        copies: product(&[adapters, each.copy]),
        gradients: product(&[adapters, each.gradient]),
        optimizer: optimizer(adapters, subject, training),
        live_layer: opened,
        live_tables: 0,
    }
}

/// Master weights and moments of so many parameters.
fn optimizer(parameters: u64, subject: &Subject, training: &Training) -> u64 {
    let each = per_parameter(training.precision);
    let moments = match training.optimizer {
        Optimizer::AdamW | Optimizer::Adam => product(&[parameters, 2, each.moment]),
        Optimizer::Lion | Optimizer::Sgd => product(&[parameters, each.moment]),
        // Two in 8 bits, with a 32-bit scale for each 256 values.
        Optimizer::AdamW8bit => sum([product(&[2, parameters]), share(parameters, 2 * 4, 256)]),
        // A sum for each row and each column: 2/h of a square matrix.
        Optimizer::Adafactor => {
            let width = subject.shape.as_ref().map_or(1024, |shape| shape.hidden);
            share(parameters, 2 * 4, width)
        }
    };
    sum([product(&[parameters, each.master]), moments])
}

/// The second moments of Adam's states, of so many bytes in all.
pub(super) fn second_moments(optimizer: u64, precision: Precision) -> u64 {
    let each = per_parameter(precision);
    share(optimizer, each.moment, each.master + 2 * each.moment)
}

impl States {
    fn divided(self, by: u64) -> Self {
        Self {
            weights: share(self.weights, 1, by),
            adapters: share(self.adapters, 1, by),
            copies: share(self.copies, 1, by),
            gradients: share(self.gradients, 1, by),
            optimizer: share(self.optimizer, 1, by),
            live_layer: share(self.live_layer, 1, by),
            live_tables: share(self.live_tables, 1, by),
        }
    }
}

fn shared(states: States, subject: &Subject, training: &Training, parallel: Parallel) -> States {
    let ranks = parallel.data;
    match training.sharding {
        Sharding::None => states,
        Sharding::Zero1 => States {
            optimizer: share(states.optimizer, 1, ranks),
            ..states
        },
        Sharding::Zero2 => States {
            optimizer: share(states.optimizer, 1, ranks),
            gradients: share(states.gradients, 1, ranks),
            ..states
        },
        Sharding::Zero3 | Sharding::Fsdp if ranks == 1 => states,
        Sharding::Zero3 | Sharding::Fsdp => {
            let (layer, tables) = live(subject, training, parallel);
            States {
                live_layer: layer.saturating_add(states.live_layer),
                live_tables: tables,
                ..states.divided(ranks)
            }
        }
        Sharding::DeepSpeedZero2 | Sharding::DeepSpeedZero3 => {
            deepspeed(states, subject, training, parallel)
        }
    }
}

/// What is whole on every rank while a layer works: its weights and gradients and the weights of the
/// next, which are fetched meanwhile; and beside that embeddings and output head. ZeRO-3 fetches those
/// one by one, and FSDP's outermost unit keeps them.
fn live(subject: &Subject, training: &Training, parallel: Parallel) -> (u64, u64) {
    let each = per_parameter(training.precision);
    let frozen = training.method != Method::Full;
    let gradient = if frozen { 0 } else { each.gradient };
    // Autocast gathers 32-bit weights; adapters stand beside 16-bit ones, but for training in 32.
    let weight = match training.precision {
        Precision::Fp32 => 4,
        _ if activations::wide(training) => 4,
        _ if frozen => 2,
        _ => each.weight,
    };
    let census = &subject.census;
    let (compressed, of) = match training.method {
        Method::Qlora => Dtype::Nf4.bytes(),
        Method::Full | Method::Lora => (weight, 1),
    };
    let layers = sum([
        share(product(&[2, census.layer]), compressed, of),
        product(&[census.layer, gradient]),
    ]);
    let tables = match training.sharding {
        Sharding::Fsdp => census.embeddings,
        _ => census.embeddings.min(census.tensor),
    };
    let tables = product(&[tables, weight]);
    let tensor = parallel.tensor;
    (share(layers, 1, tensor), share(tables, 1, tensor))
}

/// The larger figures of DeepSpeed's own estimate (its memory guide): ZeRO-2 `4P + 16P/N`, ZeRO-3
/// `18P/N` and 4 B for each parameter of the largest layer; with the states in the host's memory `2P`
/// and `2P/N`.
fn deepspeed(states: States, subject: &Subject, training: &Training, parallel: Parallel) -> States {
    if training.method != Method::Full {
        return states;
    }
    let parameters = share(subject.census.total, 1, parallel.model());
    let ranks = parallel.data;
    let two = product(&[2, parameters]);
    if training.sharding == Sharding::DeepSpeedZero2 {
        return States {
            weights: two,
            gradients: two,
            optimizer: share(parameters, 16, ranks),
            ..States::default()
        };
    }
    States {
        weights: share(two, 1, ranks),
        gradients: share(two, 1, ranks),
        optimizer: share(parameters, 14, ranks),
        live_layer: share(subject.census.tensor, 4, parallel.tensor),
        ..States::default()
    }
}
