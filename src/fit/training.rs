//! Memory of a training step: the most of four moments.
//!
//! Gradients and the loss don't need their memory at the same time, so adding up all that a step
//! ever needs over-estimates. Followed through a step, memory is most when the loss is computed, when
//! the backward pass starts or ends, or when the weights change.

use super::activations::{self, Layer};
use super::arithmetic::{product, share, sum};
use super::estimate::{Estimate, Moment, Term};
use super::measured;
use super::states::{States, second_moments, states};
use super::subject::{Parallel, Subject};
use super::{CONTEXT, LINKED, WORKSPACE};
use crate::model::{
    Architecture, Method, Offload, Optimizer, Precision, Recompute, Sharding, Training,
};
use crate::units::grouped;

/// Numbers that DeepSpeed and Megatron gather before they exchange gradients, by default.
const BUCKET: u64 = 500_000_000;

/// Memory of one GPU in training, by component, at the moment when it is most.
#[must_use]
pub fn training(subject: &Subject, how: &Training, parallel: Parallel) -> Estimate {
    if let Some(estimate) = measured::estimate(&how.measured_memory, how.micro_batch, None) {
        return estimate;
    }
    let step = Step::new(subject, how, parallel);
    let moments = [
        Moment::Loss,
        Moment::BackwardStart,
        Moment::BackwardEnd,
        Moment::Step,
    ];
    let estimates = moments.map(|moment| step.at(moment));
    let [first, rest @ ..] = estimates;
    let most = |most: Estimate, next: Estimate| {
        if next.total() > most.total() {
            next
        } else {
            most
        }
    };
    rest.into_iter().fold(first, most)
}

/// What is the same in all moments of a step.
struct Step<'a> {
    subject: &'a Subject,
    how: &'a Training,
    parallel: Parallel,
    states: States,
    /// `None` when the model's shape or the length of its samples isn't known.
    shape: Option<(&'a Architecture, Layer)>,
}

impl<'a> Step<'a> {
    fn new(subject: &'a Subject, how: &'a Training, parallel: Parallel) -> Self {
        let shape = subject.shape.as_ref().filter(|_| how.sequence.is_some());
        Self {
            subject,
            how,
            parallel,
            states: states(subject, how, parallel),
            shape: shape.map(|s| (s, activations::of_layer(s, how, parallel.tensor))),
        }
    }

    fn at(&self, moment: Moment) -> Estimate {
        let mut estimate = Estimate::new(Some(moment));
        self.states_at(moment, &mut estimate);
        match self.shape {
            Some((shape, layer)) => self.activations_at(moment, shape, layer, &mut estimate),
            None => self.samples(moment, &mut estimate),
        }
        if moment == Moment::Step {
            let (bytes, what) = self.step_work();
            estimate.push(Term::Work, bytes, what);
        }
        let (bytes, what) = self.communication();
        estimate.push(Term::Communication, bytes, what);
        estimate.push(
            Term::Context,
            CONTEXT,
            "driver and libraries, on current drivers",
        );
        estimate
    }

    fn states_at(&self, moment: Moment, estimate: &mut Estimate) {
        let (states, how) = (&self.states, self.how);
        let sharding = how.sharding;
        let whole = |what: &str| self.spread(what, sharding.shares_weights());
        estimate.push(Term::Weights, states.weights, whole(&self.held_as()));
        estimate.push(
            Term::Adapters,
            states.adapters,
            format!("rank {}, {}", how.lora_rank, how.lora_targets),
        );
        self.live_at(moment, estimate);
        if matches!(moment, Moment::Loss | Moment::BackwardStart) {
            estimate.push(Term::Copies, states.copies, whole("of 32-bit weights"));
        }
        let gradients = match how.precision {
            Precision::Mixed | Precision::Bf16 => "in 16 bits",
            Precision::Amp | Precision::Fp32 => "in 32 bits",
        };
        let bytes = self.gradients_at(moment);
        let of = if bytes < states.gradients {
            "of the output head "
        } else {
            ""
        };
        let gradients = self.spread(&format!("{of}{gradients}"), sharding.shares_gradients());
        estimate.push(Term::Gradients, bytes, gradients);
        let optimizer = match how.precision {
            Precision::Mixed => format!("{}, master weights in 32 bits", how.optimizer),
            _ => how.optimizer.to_string(),
        };
        let optimizer = self.spread(&optimizer, sharding != Sharding::None);
        estimate.push(Term::Optimizer, states.optimizer, optimizer);
    }

    /// What it is, and over how many GPUs it is cut or shared.
    fn spread(&self, what: &str, shared: bool) -> String {
        let (cut, ranks) = (self.parallel.model(), self.parallel.data);
        let mut words = what.to_owned();
        if cut > 1 {
            words.push_str(&format!(" over {cut} GPUs"));
        }
        if shared && ranks > 1 {
            words.push_str(&format!(", {} over {ranks}", self.how.sharding));
        }
        words
    }

    /// In which type all weights are kept.
    fn held_as(&self) -> String {
        let how = self.how;
        let held = match (how.method, how.precision) {
            (Method::Qlora, _) => "nf4",
            (_, Precision::Fp32) | (Method::Full, Precision::Amp) => "32 bits",
            (_, Precision::Mixed | Precision::Bf16 | Precision::Amp) => "16 bits",
        };
        let frozen = match how.method {
            Method::Full => "",
            Method::Lora | Method::Qlora => ", frozen",
        };
        let parameters = grouped(self.subject.census.total.into());
        format!("{parameters} parameters in {held}{frozen}")
    }

    /// The output head is at work when the loss is computed, and layers are in the backward pass.
    fn live_at(&self, moment: Moment, estimate: &mut Estimate) {
        let (layers, tables) = (self.states.live_layer, self.states.live_tables);
        let kept = self.how.sharding == Sharding::Fsdp;
        // The last layer is fetched while the loss is computed: of two layers' weights, and in full
        // training one's gradients, those of one.
        let parts = if self.how.method == Method::Full {
            3
        } else {
            2
        };
        let ahead = share(layers, 1, parts);
        let (bytes, what) = match moment {
            Moment::Loss if tables > 0 => (
                tables.saturating_add(ahead),
                "embeddings, output head and the next layer",
            ),
            Moment::Loss => (0, ""),
            Moment::Step if kept => (tables, "embeddings and output head"),
            Moment::Step => (0, ""),
            _ if kept => (
                layers.saturating_add(tables),
                "layers at work, embeddings and output head",
            ),
            _ => (layers, "layers at work"),
        };
        estimate.push(
            Term::LiveLayer,
            bytes,
            format!("{what}, whole on every GPU"),
        );
    }

    /// Gradients come one by one in the backward pass, and the output head's come first. They stay
    /// when they are added up over several steps, and are never all there when each is used at once.
    fn gradients_at(&self, moment: Moment) -> u64 {
        let all = self.states.gradients;
        let kept = self.how.gradient_accumulation > 1
            || matches!(
                self.how.sharding,
                Sharding::DeepSpeedZero2 | Sharding::DeepSpeedZero3
            );
        let head = match self.subject.shape {
            Some(_) if self.how.method == Method::Full => {
                share(all, self.subject.census.tensor, self.subject.census.total)
            }
            _ => 0,
        };
        match moment {
            _ if kept => all,
            // A loss in parts adds up the head's.
            Moment::Loss if self.how.loss_chunks > 1 => head.saturating_mul(2),
            Moment::Loss | Moment::BackwardStart => head,
            Moment::BackwardEnd | Moment::Step if self.how.fused_step => head,
            Moment::BackwardEnd | Moment::Step => all,
        }
    }

    fn activations_at(
        &self,
        moment: Moment,
        shape: &Architecture,
        layer: Layer,
        estimate: &mut Estimate,
    ) {
        let how = self.how;
        let samples = format!(
            "{} × {} tokens",
            how.micro_batch,
            grouped(how.sequence.unwrap_or(0).into())
        );
        // Each stage of a pipeline holds as many micro-batches as there are stages, so that it keeps
        // as much as all layers of one (1F1B schedule).
        let layers = match moment {
            Moment::Loss | Moment::BackwardStart => shape.layers,
            Moment::BackwardEnd => 1,
            Moment::Step => 0,
        };
        let kept = if how.offload.contains(&Offload::Activations) {
            0
        } else {
            product(&[layer.kept, layers])
        };
        let again = match how.recompute {
            Recompute::None => String::new(),
            other => format!(", {other} recomputation"),
        };
        let s = if layers == 1 { "" } else { "s" };
        let formula = format!("{samples} through {layers} layer{s}{again}");
        estimate.push(Term::Activations, kept, formula);
        let work = match moment {
            Moment::Loss | Moment::Step => 0,
            Moment::BackwardStart | Moment::BackwardEnd => {
                let again = match how.recompute {
                    Recompute::None => 0,
                    Recompute::Selective => layer.whole.saturating_sub(layer.kept),
                    Recompute::Full => layer.whole,
                };
                sum([layer.gradients, again])
            }
        };
        estimate.push(
            Term::Work,
            work,
            "one layer's gradients and what it computes again",
        );
        if moment == Moment::Loss {
            let logits = activations::logits(shape, how, self.parallel.tensor);
            let chunks = match how.loss_chunks {
                0 | 1 => String::new(),
                n => format!(", in {n} parts"),
            };
            let formula = format!("{samples} × {} words{chunks}", grouped(shape.vocab.into()));
            estimate.push(Term::Logits, logits, formula);
        }
    }

    /// Of a model without a known shape: what its user says that a sample takes.
    fn samples(&self, moment: Moment, estimate: &mut Estimate) {
        match self.how.activation_per_sample {
            Some(each) if moment != Moment::Step => {
                let bytes = each.get().saturating_mul(self.how.micro_batch.into());
                let formula = format!("{} × {each}", self.how.micro_batch);
                estimate.push(Term::Activations, bytes, formula);
            }
            Some(_) => {}
            None => estimate.leaves_out(if self.subject.shape.is_some() {
                "activations, as no `sequence` is given"
            } else {
                "activations, as the model names no `architecture` and the stage no \
                 `activation_per_sample`"
            }),
        }
        estimate.push(Term::Workspace, WORKSPACE, "libraries' own buffers");
    }

    /// What the optimiser computes with.
    ///
    /// PyTorch's Adam takes the roots of the second moments of all parameters at once (`foreach`, its
    /// default): one moment more, as measured of Mistral-7B in 16 bits: 10.1 B a parameter where 8 are
    /// kept. Compiled, or one parameter after the other, that is none. Adafactor and 8-bit optimisers
    /// open the states of one tensor after the other in 32 bits: two moments and the change.
    fn step_work(&self) -> (u64, &'static str) {
        let how = self.how;
        let full = how.method == Method::Full;
        let fused = how.compile || how.fused_step || how.sharding.is_deepspeeds();
        match how.optimizer {
            Optimizer::AdamW8bit | Optimizer::Adafactor if full => {
                let tensor = share(self.subject.census.tensor, 1, self.parallel.tensor);
                (product(&[12, tensor]), "the largest tensor in 32 bits")
            }
            Optimizer::AdamW | Optimizer::Adam if !fused => {
                let moment = second_moments(self.states.optimizer, how.precision);
                (moment, "roots of the second moments")
            }
            _ => (0, ""),
        }
    }

    /// Buffers for what ranks exchange: PyTorch's data parallelism holds all gradients a second time
    /// (`gradient_as_bucket_view` is off by default), ZeRO gathers buckets of half a billion numbers.
    fn communication(&self) -> (u64, String) {
        if self.parallel.gpus() == 1 {
            return (0, String::new());
        }
        let buckets = match self.how.sharding {
            _ if self.parallel.data == 1 => 0,
            Sharding::None => self.states.gradients,
            Sharding::Zero1 | Sharding::Zero2 | Sharding::Zero3 => {
                self.states.gradients.min(2 * BUCKET)
            }
            // It gathers layer by layer, and what DeepSpeed estimates has its buffers in.
            Sharding::Fsdp | Sharding::DeepSpeedZero2 | Sharding::DeepSpeedZero3 => 0,
        };
        let what = if buckets > 0 {
            "buckets of gradients, NCCL"
        } else {
            "NCCL"
        };
        (buckets.saturating_add(LINKED), what.to_owned())
    }
}
