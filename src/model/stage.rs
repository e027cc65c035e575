use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Demand, Domain, Dtype, Interruption, NodeSettings, Origin, Pin, Requirements, Training, Written,
};
use crate::units::{Bytes, Duration};

/// A `stage` block.
#[derive(Debug, Clone, Serialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: StageKind,
    /// Data it reads, by the name that the stage gives it.
    pub reads: BTreeMap<String, Read>,
    /// Data it makes.
    pub outputs: BTreeMap<String, StageOutput>,
    /// The model that it trains or serves, by name.
    pub model: Option<Written<String>>,
    /// How it trains.
    pub training: Option<Training>,
    /// How it serves.
    pub serving: Option<Serving>,
    /// What it needs of an offering.
    pub requirements: Requirements,
    /// What was chosen by hand.
    pub pin: Option<Pin>,
    /// How much it runs.
    pub demand: Demand,
    /// Whether it may be interrupted, and what that costs.
    pub interruption: Interruption,
    /// Whether it may run on nodes that other stages use too.
    pub share: Share,
    /// `prevent_destroy`: no path may delete its objects.
    pub prevent_destroy: bool,
    /// Longest time that its objects may live.
    pub max_lifetime: Option<Duration>,
    /// What its nodes begin with, and who may reach them.
    #[serde(skip_serializing_if = "NodeSettings::is_default")]
    pub nodes: NodeSettings,
    /// `on_failure = "undo"`: what an apply made of it is removed when not all of it can be made.
    #[serde(skip_serializing_if = "is_not")]
    pub undo_on_failure: bool,
    /// `replace = "delete-first"`: nodes that must be made anew are deleted before.
    #[serde(skip_serializing_if = "is_not")]
    pub delete_first: bool,
    #[serde(skip)]
    /// Where the block's head stands.
    pub origin: Origin,
}

/// What isn't said has no part in the spec's digest, so that specs from before an argument was there
/// keep theirs.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
const fn is_not(flag: &bool) -> bool {
    !*flag
}

impl Stage {
    /// Longest time from start to end of a run; `None` for services and where none is given.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match &self.demand {
            Demand::Runs(runs) => runs.deadline.as_ref().map(|deadline| deadline.value),
            Demand::AlwaysOn { .. } => None,
        }
    }
}

/// What a stage does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageKind {
    /// Prepares data; needs no GPU.
    DataProcessing,
    /// Trains a model.
    Training,
    /// Answers requests.
    Serving,
}

impl StageKind {
    /// The name as written in specs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataProcessing => "data-processing",
            Self::Training => "training",
            Self::Serving => "serving",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::DataProcessing, Self::Training, Self::Serving]
            .into_iter()
            .find(|k| k.as_str() == name)
    }
}

impl fmt::Display for StageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether a stage may run on nodes that other stages use too.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// Its nodes are its own.
    #[default]
    Never,
    /// With whichever stages make it cheapest, of those that say so too.
    Auto,
    /// With the stages that name the same pool, and no others.
    Pool(Written<String>),
}

/// Data that a stage reads once per run (a serving stage: once per month).
#[derive(Debug, Clone, Serialize)]
pub struct Read {
    /// Where it comes from.
    pub source: Source,
    /// How much per run; the whole when not given.
    pub amount: Option<Bytes>,
    /// Whether it is read while working, so that nobody waits for it.
    pub streamed: bool,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// Where data comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A dataset, by name.
    Dataset(String),
    /// An output of a stage.
    Output {
        /// The stage that makes it.
        stage: String,
        /// The output's name.
        output: String,
    },
}

/// Data that a stage makes in each run.
#[derive(Debug, Clone, Serialize)]
pub struct StageOutput {
    /// Its size.
    pub size: Bytes,
    /// How long each run's copy is kept; until the next run when not given.
    pub retain: Option<Duration>,
    /// [`Domain::Region`]: in the region's object storage; [`Domain::Zone`]: on disks of the stage's
    /// zone. Never [`Domain::Provider`].
    pub scope: Domain,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// A `serving` block; read by the memory estimate and by Kubernetes.
#[derive(Debug, Clone, Serialize)]
pub struct Serving {
    /// Answers one by one or in lots.
    pub mode: ServingMode,
    /// Largest batch.
    pub max_batch: u32,
    /// Tokens per request.
    pub sequence: Option<u32>,
    /// Inference server, e.g. `triton`, `mlserver`, `vllm`.
    pub runtime: Option<String>,
    /// Serving engine, e.g. `kserve`, `seldon`.
    pub engine: Option<String>,
    /// Type of cached keys and values; that of the weights, but 16 bits at least, when not given.
    pub kv_dtype: Option<Dtype>,
    /// What one sample takes beside the model's own memory; for models without a known shape.
    pub activation_per_sample: Option<Bytes>,
    /// Memory of one GPU as measured, by batch; two sizes at least, or none.
    pub measured_memory: BTreeMap<u32, Bytes>,
    /// GPUs among which each matrix is cut; all of a replica's when not given.
    pub tensor_parallel: Option<u32>,
    /// GPUs among which the layers are dealt out.
    pub pipeline_parallel: u32,
    /// Most requests that the server works on at once; the server's default when not given.
    pub max_sequences: Option<u32>,
    /// Most tokens of a forward pass; the server's default when not given.
    pub max_batched_tokens: Option<u32>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// How a serving stage answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServingMode {
    /// One request, one answer, soon.
    RealTime,
    /// Large data in lots; runs like a job.
    Batch,
}
