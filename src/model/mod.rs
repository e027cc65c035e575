//! The validated vocabulary: project, dataset, model, stage, requirement.
//!
//! `spec` builds these from text; `planning` reads them. Every reference has been resolved: a
//! [`Source`] names a dataset or an output that exists, the data graph has no cycle, and every
//! number is within its range. [`Origin`]s say where in the spec a thing was written, for messages
//! only: equality and digests of a project don't depend on them ([`Project::canonical_json`]).

mod affinity;
mod capacity;
mod demand;
mod limits;
mod ml_model;
mod nodes;
mod offers;
mod policy;
mod project;
mod requirements;
mod stage;
mod state_place;
mod training;
mod words;

pub use affinity::{Affinity, AntiAffinity, Domain};
pub use capacity::{Cluster, CostBasis, NodePool, ProviderSettings};
pub use demand::{
    CheckpointEvery, Demand, Interruption, Replicas, Runs, RunsPerMonth, Throughput, Traffic,
    TrafficShape, Work,
};
pub use limits::{Budget, Commitment, OnExceed, Quota, QuotaScope};
pub use ml_model::{Architecture, Census, Dtype, Experts, MlModel, Window};
pub use nodes::NodeSettings;
pub use offers::{CapacityType, ProviderName};
pub use policy::{
    Organisation, Policy, Rule, SharedBudget, SharedQuota, Strictness, Thresholds, Waiver, Whose,
};
pub use project::{Dataset, Output, OutputValue, Project, StateStore};
pub use requirements::{
    GpuChoice, GpuRequirement, Interconnect, Location, LocationPattern, Pin, Requirements,
};
pub use stage::{Read, Serving, ServingMode, Share, Source, Stage, StageKind, StageOutput};
pub use state_place::{PlaceArgument, StatePlace};
pub use training::{
    AttentionKernel, LoraTargets, Method, Offload, Optimizer, Precision, Recompute, Sharding,
    Training, memory_falls,
};

pub use crate::diagnostics::Origin;

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Where it stands in the spec.
    pub origin: Origin,
}

impl<T> Written<T> {
    /// A value with its place.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

impl<T: serde::Serialize> serde::Serialize for Written<T> {
    /// The value alone: where it was written is no part of what was meant.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}
