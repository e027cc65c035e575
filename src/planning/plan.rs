//! The frozen plan: everything that was decided, what it costs and what it was decided from.
//!
//! A plan is data for people and for `apply`. It holds no positions in files and no times of day,
//! so equal inputs give equal bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Basis;
use crate::model::{CapacityType, Location, OutputValue, StageKind};
use crate::units::{Bytes, Date, Duration, Millionths, Money, Rate};

pub use super::gpu_fit::{PlannedFit, RefusedGpu};

/// A whole plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// Whose plan.
    pub project: ProjectSummary,
    /// What it was made from.
    pub inputs: PlanInputs,
    /// The stages in the order of their data, then by name.
    pub stages: Vec<PlannedStage>,
    /// The bill per month.
    pub costs: Costs,
    /// How good the choice is.
    pub proof: Proof,
    /// Expected time of one pass through all stages, along the data, start-up and waiting included.
    pub pass: Duration,
    /// What it would cost if every stage took the offering that is cheapest for it alone; `None`
    /// when that can't be done or is what the plan does.
    pub each_alone: Option<Money>,
    /// Spend that is promised already; `None` without commitments.
    pub commitments: Option<CommitmentUse>,
    /// Pools that several stages share; `None` when no stage may.
    pub sharing: Option<Sharing>,
    /// Budgets and what the plan takes of them.
    pub budgets: Vec<BudgetUse>,
    /// What isn't in the bill, by name.
    pub not_priced: Vec<String>,
    /// What this version doesn't take into account although the spec says something about it.
    pub not_considered: Vec<String>,
    /// What is handed over to others.
    pub outputs: BTreeMap<String, PlannedOutput>,
}

/// The project in a few words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProjectSummary {
    /// Its name.
    pub name: String,
    /// The team that pays.
    pub team: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
}

/// The identity of everything that the choice depends on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanInputs {
    /// sha-256 of the spec's canonical form, in hex: comments and order don't change it.
    pub spec_sha256: String,
    /// sha-256 of each of the spec's blocks, in hex, by address: what tells two plans' specs apart
    /// when the specs aren't at hand.
    #[serde(default)]
    pub blocks: BTreeMap<String, String>,
    /// The catalogs.
    pub catalogs: Vec<CatalogInput>,
    /// What was minimised.
    pub objective: String,
}

/// A catalog that the plan was made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CatalogInput {
    /// Its name.
    pub name: String,
    /// The day of its figures.
    pub as_of: Date,
    /// sha-256 of its canonical text, in hex.
    pub sha256: String,
}

/// What was decided for one stage, and its bill.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedStage {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: StageKind,
    /// What it runs on.
    pub placement: Placement,
    /// The stage whose bill holds the nodes, where several share a pool; its own name if it is that
    /// one.
    pub nodes_of: Option<String>,
    /// For how long.
    pub usage: NodeUsage,
    /// What one node costs per hour.
    pub rate: RateCited,
    /// Data it reads.
    pub movements: Vec<Movement>,
    /// Data it keeps.
    pub storage: Vec<Stored>,
    /// Its bill per month.
    pub costs: Costs,
    /// Whether its model fits its GPU; `None` where there is nothing to judge.
    pub fit: Option<PlannedFit>,
    /// What interruptions do to it; `None` where there are none.
    pub interruptions: Option<Interruptions>,
    /// A service's bill under other ways to scale; `None` for runs.
    pub scaling: Option<ScalingCosts>,
    /// What `apply` may take instead where the offering is out of stock, best first.
    pub fallbacks: Vec<Fallback>,
    /// How the candidates were narrowed down.
    pub funnel: Funnel,
    /// What a reviewer should know of this choice.
    pub notes: Vec<String>,
}

/// An offering and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Region or site.
    pub location: Location,
    /// Zone, where the offering is bound to one.
    pub zone: Option<String>,
    /// Instance type; for owned capacity `cluster/pool`.
    pub instance_type: String,
    /// How it is bought.
    pub capacity_type: CapacityType,
    /// Nodes of a run; for a service, nodes at its busiest hour.
    pub nodes: u32,
    /// Copies of a service.
    pub replicas: Option<u32>,
    /// GPU of a node.
    pub gpu: Option<String>,
    /// GPUs of a node, as a decimal: some clouds sell parts.
    pub gpus_per_node: Option<Millionths>,
}

/// How long nodes are used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeUsage {
    /// From the start of a node to the start of its work; paid in every run.
    pub startup: Duration,
    /// Work of one run if nothing interrupts it; for a service, the month.
    pub work: Duration,
    /// Expected time of one run with start-up and interruptions; for a service, the month.
    pub duration: Duration,
    /// Time of one run in which the nodes wait for data that comes from elsewhere.
    pub waiting: Duration,
    /// Runs per month; one for a service.
    pub runs_per_month: Millionths,
    /// Node-hours that are paid per month, waiting aside.
    pub node_hours: Millionths,
    /// Nodes of a service by hour of the day (UTC).
    pub nodes_by_hour: Option<[u32; 24]>,
    /// Whether the time (or the throughput) was scaled from another GPU's, and from which.
    pub estimated_from: Option<String>,
}

/// What interruptions of spot nodes do to a stage: expectations, all estimated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Interruptions {
    /// Mean time between two interruptions of one node.
    pub mean_between: Duration,
    /// Who says so.
    pub source: HazardCited,
    /// Nodes that an interruption of one of them stops.
    pub gang: u32,
    /// Expected in one run; for a service, in a month.
    pub count: Millionths,
    /// Time between two saves; `None` when nothing is saved.
    pub checkpoint_every: Option<Duration>,
    /// How surely a run ends by its deadline, at least.
    pub in_time: Option<Millionths>,
    /// If one node were interrupted more often than once in this time, the same nodes on demand
    /// would cost less; `None` when on demand has no known rate or spot never pays.
    pub break_even: Option<Duration>,
}

/// Where an interruption rate comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HazardCited {
    /// The spec gives it.
    Given,
    /// A class that the provider publishes, taken at its upper end.
    Published {
        /// The class: "5 to 10 % a month".
        class: String,
        /// Catalog and day.
        source: String,
    },
    /// A class that the provider publishes and that has no upper end: taken as bad as what was
    /// measured elsewhere.
    Unbounded {
        /// The class: "over 20 % a month".
        class: String,
        /// Catalog and day.
        source: String,
    },
    /// Nobody publishes it: taken as bad as what was measured elsewhere.
    Assumed,
}

/// A service's compute per month under other ways to scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScalingCosts {
    /// As many nodes as at its busiest hour, all day.
    pub always_at_peak: Money,
    /// No more than the traffic of each hour needs, and none without traffic.
    pub scaled_to_zero: Money,
}

/// An offering that may be taken where the chosen one is out of stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// What it is.
    pub placement: Placement,
    /// What one node costs per hour.
    pub rate: RateCited,
    /// What the plan costs more with it, per month.
    pub added: Money,
}

/// A rate and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateCited {
    /// USD per unit.
    pub usd: Rate,
    /// How it follows from its source.
    pub basis: Cited,
    /// `aws@2026-05-20`; `spec` when the spec gives it.
    pub source: String,
}

/// How a figure follows from its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cited {
    /// The source prints it.
    Listed,
    /// Exact arithmetic on what the source prints.
    Derived,
    /// A guess from something related or older.
    Estimated,
    /// The spec says so.
    Given,
}

impl From<Basis> for Cited {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Listed => Self::Listed,
            Basis::Derived => Self::Derived,
            Basis::Estimated => Self::Estimated,
        }
    }
}

/// Data that a stage reads from somewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Movement {
    /// The stage's name for it.
    pub name: String,
    /// `dataset.events` or `stage.prepare.output.features`.
    pub source: String,
    /// Where it is.
    pub from: Location,
    /// Amount each time.
    pub amount: Bytes,
    /// Times per month.
    pub times_per_month: Millionths,
    /// USD per GB.
    pub rate: RateCited,
    /// Per month.
    pub cost: Money,
    /// How long the nodes of each run wait for it; `None` when they don't.
    pub wait: Option<Waiting>,
    /// What waiting costs per month.
    pub wait_cost: Money,
}

/// How long nodes wait for data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// So long in each run.
    For {
        /// The time.
        time: Duration,
        /// Whether this pair of places was never measured.
        estimated: bool,
    },
    /// No bandwidth between these places is known, so it isn't counted.
    Unknown,
}

/// An output that is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stored {
    /// The output's name.
    pub output: String,
    /// Size of one copy.
    pub size: Bytes,
    /// Copies held at a time, on average.
    pub copies: Millionths,
    /// USD per GB-month; `None` when the owner of the place names no price.
    pub rate: Option<RateCited>,
    /// Per month.
    pub cost: Money,
}

/// A bill per month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Costs {
    /// Nodes, before commitments.
    pub compute: Money,
    /// Nodes that wait for data.
    pub waiting: Money,
    /// Bringing data to the stages that read it.
    pub movement: Money,
    /// Keeping outputs.
    pub storage: Money,
    /// What commitments cover of the nodes; taken off.
    pub covered: Money,
    /// All together.
    pub total: Money,
    /// Whether some part of it is estimated.
    pub estimated: bool,
}

impl Costs {
    /// Adds up the parts.
    #[must_use]
    pub fn totalled(self) -> Self {
        let total = self.compute + self.waiting + self.movement + self.storage - self.covered;
        Self { total, ..self }
    }
}

impl std::iter::Sum for Costs {
    fn sum<I: Iterator<Item = Self>>(bills: I) -> Self {
        bills.fold(Self::default(), |all, one| Self {
            compute: all.compute + one.compute,
            waiting: all.waiting + one.waiting,
            movement: all.movement + one.movement,
            storage: all.storage + one.storage,
            covered: all.covered + one.covered,
            total: all.total + one.total,
            estimated: all.estimated || one.estimated,
        })
    }
}

/// How candidates were narrowed down.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Funnel {
    /// Offerings of all catalogs and owned pools.
    pub offerings: u64,
    /// Requirements that removed some, in the order in which they were checked.
    pub steps: Vec<FunnelStep>,
    /// Offerings that were left to choose from.
    pub candidates: u64,
}

/// One requirement of a funnel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FunnelStep {
    /// Its stable name.
    pub requirement: Cow<'static, str>,
    /// What it asks, in words that go after "offerings that …".
    pub text: String,
    /// How many failed it and nothing before it.
    pub removed: u64,
    /// How many were left after it.
    pub left: u64,
}

/// How good the choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum Proof {
    /// No other choice of offerings and sites costs less (or is faster, where that was asked), by
    /// the costs that the plan counts.
    Optimal,
    /// The best choice that was found in time.
    Within {
        /// No choice costs less than this per month.
        lower: Money,
    },
    /// The fastest choice that was found in time.
    WithinTime {
        /// No choice takes less than this.
        lower: Duration,
    },
}

/// Pools that several stages share, and what the other way would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sharing {
    /// The pools; none where sharing costs more.
    pub pools: Vec<SharedPool>,
    /// The least cost of the whole plan with some shared pool; `None` when there is no such plan.
    pub shared: Option<Money>,
    /// The least cost of the whole plan with a pool for each stage.
    pub apart: Option<Money>,
    /// How many times as much traffic and as many runs make a pool for each stage cost less; 1 where
    /// it does already. `None` when nothing is shared, up to 64 times as much isn't enough, or there
    /// was no time to look.
    pub apart_pays_from: Option<Millionths>,
    /// Whether there was no time to look.
    #[serde(skip)]
    pub growth_unknown: bool,
}

/// A pool that several stages share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedPool {
    /// Its name, if the stages give one.
    pub name: Option<String>,
    /// Its stages.
    pub stages: Vec<String>,
}

/// Spend that is promised already and what the plan uses of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentUse {
    /// What is paid per month in any case; not part of the plan's costs.
    pub paid_anyway: Money,
    /// List price per month that it covers in this plan.
    pub covered: Money,
    /// List price per month that it could cover if it were used in every hour.
    pub could_cover: Money,
}

/// A budget and what the plan takes of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BudgetUse {
    /// Its name.
    pub name: String,
    /// USD per month that may be spent.
    pub limit: Money,
    /// USD per month that the plan spends of it.
    pub used: Money,
    /// How it stands.
    pub status: BudgetStatus,
}

/// How a budget stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BudgetStatus {
    /// Below the share at which it warns.
    Within,
    /// Above that share, within the limit.
    Warning,
    /// Above the limit; the plan may still be used.
    ExceededAllowed,
    /// Above the limit; the plan is refused.
    ExceededDenied,
}

/// A value that is handed over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedOutput {
    /// The value; `None` when it is sensitive.
    pub value: Option<OutputValue>,
    /// Never shown.
    pub sensitive: bool,
}
