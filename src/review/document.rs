//! A review as data: what `mlinfra diff --json` prints and `mlinfra comment` reads.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::verdict::{self, Verdict};
use crate::model::Location;
use crate::planning::plan::{Costs, Plan, PlannedStage, RateCited};
use crate::units::{Bytes, Date, Money};

/// Version of the format: readers refuse unknown majors and ignore unknown keys.
pub const FORMAT_VERSION: &str = "1.0";

/// What a change costs: one entry for each spec that it touches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Review {
    /// The version of the form.
    pub format_version: String,
    /// When what is said in it held, as RFC 3339: of two reviews of one change the later one counts.
    pub valid_at: String,
    /// By the specs' paths.
    pub specs: Vec<SpecReview>,
}

/// What a change of one spec costs per month.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SpecReview {
    /// The spec's path in its repository, with `/`; `.` for one at its root.
    pub spec: String,
    /// The project's name, after the change.
    pub project: String,
    /// Before the change.
    pub base: Side,
    /// After it.
    pub head: Side,
    /// The difference of the whole; the sum of the stages'. `None` when a side isn't known.
    pub difference: Option<Difference>,
    /// The stages: those after the change in the order of their data, then those that are gone.
    pub stages: Vec<StageReview>,
    /// What changed in the spec, by address and path.
    pub spec_changes: Vec<SpecChange>,
    /// Catalogs that aren't the same on both sides.
    pub catalog_changes: Vec<CatalogChange>,
    /// What it costs once to get from one to the other.
    pub one_off: Vec<OneOff>,
    /// What policies say of the head.
    pub verdicts: Vec<Verdict>,
    /// What a reader must know to trust the figures, in sentences.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// One of two sides.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Side {
    /// What people call it: `main`, `plan.json`.
    pub label: String,
    /// The commit, where it is one.
    pub commit: Option<String>,
    /// What came of planning it.
    pub made: Made,
}

/// What came of planning a side.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum Made {
    /// A plan.
    Planned {
        /// The plan.
        plan: Box<Plan>,
        /// The digest of its JSON, which is also on the plan that is applied.
        plan_sha256: String,
    },
    /// There is no such spec on this side.
    Absent,
    /// There is one, and no plan of it can be made.
    Refused {
        /// The codes and summaries of what is wrong, one each.
        why: Vec<String>,
    },
}

/// What makes a cost another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The spec says something else of this stage or of what it reads.
    Spec,
    /// The same offering has another price.
    Prices,
    /// Something else is chosen, because something else changed.
    Choice,
}

/// A difference in USD per month, by cause. Below zero where it costs less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// By what the spec says.
    pub spec: Costs,
    /// By other prices of the same.
    pub prices: Costs,
    /// By another choice.
    pub choice: Costs,
}

/// What a change costs in one stage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StageReview {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub status: StageStatus,
    /// In USD per month; `None` when a side isn't known.
    pub difference: Option<Difference>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What became of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageStatus {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It costs something else, or runs on something else.
    Changed,
    /// It is as it was.
    Unchanged,
}

/// Why a stage's cost is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// The spec changed at these addresses, which the stage depends on.
    Spec {
        /// Addresses, e.g. `stage.train`, `dataset.events`.
        addresses: Vec<String>,
    },
    /// A rate is another.
    Rate {
        /// Of what, e.g. `aws/us-east-1a g5.xlarge spot`.
        what: String,
        /// Before.
        before: RateCited,
        /// After.
        after: RateCited,
    },
    /// Another offering or place is chosen since these changed, which it doesn't depend on by itself.
    Elsewhere {
        /// Addresses.
        addresses: Vec<String>,
    },
    /// Another offering or place is chosen since prices changed.
    OtherPrices,
}

/// One difference between two specs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecChange {
    /// The block: `stage.train`, `dataset.events`, `project`.
    pub address: String,
    /// What of it, e.g. `requirements.gpu.count`; empty for the whole block.
    pub path: String,
    /// Before; `None` when it wasn't there.
    pub before: Option<Value>,
    /// After; `None` when it isn't there any more.
    pub after: Option<Value>,
}

/// A catalog that isn't the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogChange {
    /// Its name.
    pub name: String,
    /// The day of its figures before; `None` when it wasn't there.
    pub before: Option<Date>,
    /// After.
    pub after: Option<Date>,
}

/// Something that is paid once, when the change is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneOff {
    /// The stage.
    pub stage: String,
    /// What.
    pub kind: OneOffKind,
    /// What it costs.
    pub cost: OneOffCost,
}

/// What is paid once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum OneOffKind {
    /// What a stage keeps is brought to its new place.
    MoveData {
        /// The output.
        output: String,
        /// From where.
        from: Location,
        /// To where.
        to: Location,
        /// How much.
        amount: Bytes,
    },
    /// New nodes start before the old ones end.
    Overlap {
        /// New nodes.
        nodes: u32,
    },
}

/// What is paid once, in USD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "price")]
pub enum OneOffCost {
    /// So much; always an estimate.
    About {
        /// The amount.
        usd: Money,
    },
    /// Nobody says.
    Unknown {
        /// Why.
        why: String,
    },
}

impl Made {
    /// Whether there is a spec of which no plan can be made.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

impl Side {
    /// Its plan.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        match &self.made {
            Made::Planned { plan, .. } => Some(plan),
            Made::Absent | Made::Refused { .. } => None,
        }
    }

    /// Its bill per month: nothing where there is no spec; `None` when it isn't known.
    #[must_use]
    pub fn costs(&self) -> Option<Costs> {
        match &self.made {
            Made::Planned { plan, .. } => Some(plan.costs),
            Made::Absent => Some(Costs::default()),
            Made::Refused { .. } => None,
        }
    }

    /// What it has of a stage.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&PlannedStage> {
        let mut stages = self.plan()?.stages.iter();
        stages.find(|stage| stage.name == name)
    }
}

impl Difference {
    /// All causes together.
    #[must_use]
    pub fn total(&self) -> Costs {
        [self.spec, self.prices, self.choice].into_iter().sum()
    }
}

impl std::iter::Sum for Difference {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            spec: [sum.spec, one.spec].into_iter().sum(),
            prices: [sum.prices, one.prices].into_iter().sum(),
            choice: [sum.choice, one.choice].into_iter().sum(),
        })
    }
}

impl SpecReview {
    /// Whether anything of what people pay or get is another.
    #[must_use]
    pub fn changes_something(&self) -> bool {
        let stages = self.stages.iter();
        let mut changed = stages.filter(|stage| stage.status != StageStatus::Unchanged);
        changed.next().is_some() || self.base.plan().is_some() != self.head.plan().is_some()
    }

    /// Whether a policy or a budget forbids the head.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        let budgets = self.head.plan().map_or(&[][..], |plan| &plan.budgets);
        verdict::is_denied(budgets, &self.verdicts)
    }
}
