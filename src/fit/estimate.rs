use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::arithmetic::sum;

/// Memory of one GPU by component, at the moment when it is most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// What is in memory then, in a fixed order.
    pub components: Vec<Component>,
    /// When in a training step that is; `None` in inference.
    pub moment: Option<Moment>,
    /// What couldn't be counted, in words: the sum is then less than what is needed.
    pub not_counted: Vec<Cow<'static, str>>,
    /// Whether the sum was measured and not estimated.
    pub measured: bool,
}

impl Estimate {
    /// Bytes of one GPU.
    #[must_use]
    pub fn total(&self) -> u64 {
        sum(self.components.iter().map(|c| c.bytes))
    }

    /// The component that needs most: what to reduce first. The first of several that are equal.
    #[must_use]
    pub fn binding(&self) -> Option<&Component> {
        let mut components = self.components.iter();
        let first = components.next()?;
        Some(components.fold(first, |most, c| if c.bytes > most.bytes { c } else { most }))
    }

    /// Bytes of one component; 0 when it isn't there.
    #[must_use]
    pub fn bytes(&self, term: Term) -> u64 {
        let components = self.components.iter();
        sum(components.filter(|c| c.term == term).map(|c| c.bytes))
    }

    /// Adds a component, unless it is empty.
    pub(super) fn push(&mut self, term: Term, bytes: u64, formula: impl Into<String>) {
        if bytes > 0 {
            self.components.push(Component {
                term,
                bytes,
                formula: formula.into(),
            });
        }
    }

    /// Says that something can't be counted.
    pub(super) fn leaves_out(&mut self, what: &'static str) {
        self.not_counted.push(what.into());
    }

    pub(super) const fn new(moment: Option<Moment>) -> Self {
        Self {
            components: Vec::new(),
            moment,
            not_counted: Vec::new(),
            measured: false,
        }
    }
}

/// Something that takes memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// What it is.
    pub term: Term,
    /// Its size on one GPU.
    pub bytes: u64,
    /// How it comes about: "8 × 2,048 tokens of 131,072 B".
    pub formula: String,
}

/// What takes memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Term {
    /// The model's parameters.
    Weights,
    /// Low-rank matrices beside frozen weights.
    Adapters,
    /// Weights of the layers at work, brought together from all ranks or from the host.
    LiveLayer,
    /// 16-bit copies of 32-bit weights.
    Copies,
    /// One for each trained parameter.
    Gradients,
    /// Master weights and moments.
    Optimizer,
    /// Keys and values of all tokens that are worked on.
    KvCache,
    /// What layers keep for the backward pass; in inference, what samples take on their way.
    Activations,
    /// What one layer needs while it works.
    Work,
    /// Scores over the vocabulary, and the loss.
    Logits,
    /// What a server reserves for its largest batch.
    Workspace,
    /// Buffers to exchange gradients or activations with other GPUs.
    Communication,
    /// Recorded launches of kernels.
    Graphs,
    /// What the driver and the libraries take on every GPU.
    Context,
    /// What was measured, as a whole.
    Measured,
}

impl Term {
    /// The name in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weights => "weights",
            Self::Adapters => "adapters",
            Self::LiveLayer => "live layer",
            Self::Copies => "16-bit copies",
            Self::Gradients => "gradients",
            Self::Optimizer => "optimizer",
            Self::KvCache => "kv cache",
            Self::Activations => "activations",
            Self::Work => "layer at work",
            Self::Logits => "logits",
            Self::Workspace => "workspace",
            Self::Communication => "communication",
            Self::Graphs => "graphs",
            Self::Context => "context",
            Self::Measured => "measured",
        }
    }
}

/// A moment of a training step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// All activations are kept, and the loss is computed.
    Loss,
    /// All activations are kept, and the last layer computes its gradients.
    BackwardStart,
    /// All gradients are there, and the first layer computes its own.
    BackwardEnd,
    /// All gradients are there, and the weights change.
    Step,
}

impl Moment {
    /// In words that go after "most memory is needed".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loss => "when the loss is computed",
            Self::BackwardStart => "when the backward pass starts",
            Self::BackwardEnd => "when the backward pass ends",
            Self::Step => "when the weights change",
        }
    }
}
