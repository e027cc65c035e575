use serde::Serialize;

use super::{Origin, ProviderName, Written};
use crate::units::{Duration, Millionths, Money, Rate};

/// A `budget` block: USD per month.
#[derive(Debug, Clone, Serialize)]
pub struct Budget {
    /// For a month.
    pub limit: Money,
    /// Share of the limit from which on a warning is given.
    pub warn_at: Millionths,
    /// What happens above the limit.
    pub on_exceed: OnExceed,
    /// The stages it covers; all when `None`.
    pub stages: Option<Written<Vec<String>>>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

impl Budget {
    /// Whether it covers a stage of that name.
    #[must_use]
    pub fn covers(&self, stage: &str) -> bool {
        let names = self.stages.as_ref();
        names.is_none_or(|names| names.value.iter().any(|name| name == stage))
    }
}

/// What happens above a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnExceed {
    /// The plan is refused.
    Deny,
    /// The plan says so.
    Warn,
}

/// A `quota` block: most GPUs or vCPUs in use at once.
#[derive(Debug, Clone, Serialize)]
pub struct Quota {
    /// Whose limit it is.
    pub scope: QuotaScope,
    /// Counts GPUs of this name; counts vCPUs when `None`.
    pub gpu: Option<Written<String>>,
    /// Counts only this provider's.
    pub provider: Option<ProviderName>,
    /// Counts only this region's.
    pub region: Option<String>,
    /// Most at once.
    pub max: u32,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// Whose limit a quota is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuotaScope {
    /// This project's.
    Project,
    /// The team's, shared with its other projects.
    Team,
    /// The cloud account's.
    Account,
}

/// A `commitment` block: spend that is promised already.
#[derive(Debug, Clone, Serialize)]
pub struct Commitment {
    /// Whose commitment.
    pub provider: ProviderName,
    /// `compute-savings-plan`, `committed-use`, `reserved-instances`, …
    pub kind: String,
    /// USD per hour that is paid in any case.
    pub usd_per_hour: Rate,
    /// Share taken off the list price of what it covers, below 1.
    pub discount: Millionths,
    /// How long it still runs.
    pub remaining: Option<Duration>,
    /// The only region that it covers; all when `None`.
    pub region: Option<Written<String>>,
    /// The only instance family that it covers, the part of an instance type's name before the size:
    /// `m7i`, `Standard_D`, `n2`; all when `None`.
    pub family: Option<Written<String>>,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}
