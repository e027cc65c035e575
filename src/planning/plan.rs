//! The frozen plan: everything that was decided, what it costs and what it was decided from.
//!
//! A plan is data for people and for `apply`. It holds no positions in files and no times of day,
//! so equal inputs give equal bytes.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::Basis;
use crate::model::{CapacityType, Location, OutputValue, StageKind};
use crate::units::{Bytes, Date, Duration, Millionths, Money, Rate};

/// A whole plan.
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
pub struct PlanInputs {
    /// sha-256 of the spec's canonical form, in hex: comments and order don't change it.
    pub spec_sha256: String,
    /// The catalogs.
    pub catalogs: Vec<CatalogInput>,
    /// What was minimised.
    pub objective: String,
}

/// A catalog that the plan was made from.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogInput {
    /// Its name.
    pub name: String,
    /// The day of its figures.
    pub as_of: Date,
    /// sha-256 of its canonical text, in hex.
    pub sha256: String,
}

/// What was decided for one stage, and its bill.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedStage {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: StageKind,
    /// What it runs on.
    pub placement: Placement,
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
    /// How the candidates were narrowed down.
    pub funnel: Funnel,
    /// What a reviewer should know of this choice.
    pub notes: Vec<String>,
}

/// An offering and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
pub struct NodeUsage {
    /// Time of one run; for a service, the month.
    pub duration: Duration,
    /// Runs per month; one for a service.
    pub runs_per_month: Millionths,
    /// Whether the time (or the throughput) was scaled from another GPU's, and from which.
    pub estimated_from: Option<String>,
}

/// A rate and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateCited {
    /// USD per unit.
    pub usd: Rate,
    /// How it follows from its source.
    pub basis: Cited,
    /// `aws@2026-05-20`; `spec` when the spec gives it.
    pub source: String,
}

/// How a figure follows from its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
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
}

/// An output that is kept.
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Costs {
    /// Nodes.
    pub compute: Money,
    /// Bringing data to the stages that read it.
    pub movement: Money,
    /// Keeping outputs.
    pub storage: Money,
    /// All together.
    pub total: Money,
    /// Whether some part of it is estimated.
    pub estimated: bool,
}

impl Costs {
    /// Adds up the parts.
    #[must_use]
    pub fn new(compute: Money, movement: Money, storage: Money, estimated: bool) -> Self {
        Self {
            compute,
            movement,
            storage,
            total: compute + movement + storage,
            estimated,
        }
    }
}

/// How candidates were narrowed down.
#[derive(Debug, Clone, Serialize)]
pub struct Funnel {
    /// Offerings of all catalogs and owned pools.
    pub offerings: u64,
    /// Requirements that removed some, in the order in which they were checked.
    pub steps: Vec<FunnelStep>,
    /// Offerings that were left to choose from.
    pub candidates: u64,
}

/// One requirement of a funnel.
#[derive(Debug, Clone, Serialize)]
pub struct FunnelStep {
    /// Its stable name.
    pub requirement: &'static str,
    /// What it asks, in words that go after "offerings that …".
    pub text: String,
    /// How many failed it and nothing before it.
    pub removed: u64,
    /// How many were left after it.
    pub left: u64,
}

/// How good the choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum Proof {
    /// No other choice of offerings and sites costs less, by the costs that the plan counts.
    Optimal,
    /// The best choice that was found in the time given.
    Within {
        /// USD per month that no choice costs less than.
        lower: Money,
    },
}

/// A budget and what the plan takes of it.
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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
#[derive(Debug, Clone, Serialize)]
pub struct PlannedOutput {
    /// The value; `None` when it is sensitive.
    pub value: Option<OutputValue>,
    /// Never shown.
    pub sensitive: bool,
}
