use std::collections::BTreeMap;

use serde::Serialize;

use super::{LocationPattern, Origin, Written};
use crate::units::{Bytes, Millionths, Rate};

/// A `provider` block.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderSettings {
    /// Regions that may be used. Empty: all that the catalog has.
    pub regions: Vec<Written<String>>,
    /// Expected interruptions of one spot node per hour; the catalog's figure when not given.
    pub interruptions_per_hour: Option<Written<Millionths>>,
    /// Account settings such as `project`, `subscription`, `resource_group`; used by `apply`.
    pub account: BTreeMap<String, String>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// A `cluster` block: capacity that is already owned.
#[derive(Debug, Clone, Serialize)]
pub struct Cluster {
    /// Context in the user's kubeconfig, for `apply`.
    pub kubeconfig_context: Option<String>,
    /// Its name as a location, `onprem/dc1`: the part after `onprem/`.
    pub site: String,
    /// USD per GB out of here, by destination; the most specific pattern wins.
    pub transfer: Vec<(LocationPattern, Rate)>,
    /// Gbit/s to and from here, by the place at the other end; the most specific pattern wins.
    pub throughput: Vec<(LocationPattern, Millionths)>,
    /// USD per GB-month for outputs kept here; not known when not given.
    pub storage: Option<Rate>,
    /// Its pools of like nodes.
    pub node_pools: BTreeMap<String, NodePool>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// A pool of like nodes in an owned cluster.
#[derive(Debug, Clone, Serialize)]
pub struct NodePool {
    /// GPU name as in the catalog of GPUs; `None` for CPU pools.
    pub gpu: Option<Written<String>>,
    /// GPUs in one node; zero without GPUs.
    pub gpus_per_node: u32,
    /// vCPUs in one node.
    pub vcpus: u32,
    /// Memory of one node.
    pub memory: Bytes,
    /// `amd64`-class or `arm64`, as in the catalogs: `x86_64` or `arm64`.
    pub arch: String,
    /// `amd`, `intel`, …; `None` when not given.
    pub cpu_vendor: Option<String>,
    /// How many nodes there are.
    pub nodes: u32,
    /// What its owner charges for one node and one hour.
    pub cost_per_node_hour: Rate,
    /// What that cost means.
    pub cost_basis: CostBasis,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// What an owner's cost per node hour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CostBasis {
    /// Purchase and running cost spread over its life (the default).
    Amortised,
    /// Paid already: only shown, at the rate given.
    Sunk,
    /// What one more hour really costs, e.g. power.
    Marginal,
}
