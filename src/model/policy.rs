use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{OnExceed, Origin, ProviderName, Written};
use crate::units::{Date, Duration, Millionths, Money};

/// How strictly a rule is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// It isn't looked at.
    Off,
    /// Who breaks it, a reviewer is told.
    Note,
    /// Who breaks it, a reviewer is warned.
    Warn,
    /// Who breaks it, has no plan.
    Deny,
}

impl Strictness {
    /// As written in specs, from the mildest on.
    pub const WORDS: &'static [&'static str] = &["off", "note", "warn", "deny"];

    /// The strictness of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Off, Self::Note, Self::Warn, Self::Deny];
        all.into_iter().find(|one| one.as_str() == name)
    }

    /// The name as written in specs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// A rule that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// GPUs outside production have a time by which they are gone.
    GpuWithoutLifetime,
    /// What may be interrupted saves its work.
    SpotWithoutCheckpoint,
    /// Stages don't read much from other regions.
    CrossRegionData,
    /// Nodes aren't open to the whole internet.
    PublicExposure,
    /// All that costs is in the bill.
    UnpricedItems,
    /// Services don't keep much more than their traffic needs.
    IdleReplicas,
    /// Prices are of late.
    StaleCatalog,
    /// Somebody pays and somebody answers for it.
    NoOwner,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::GpuWithoutLifetime,
        Self::SpotWithoutCheckpoint,
        Self::CrossRegionData,
        Self::PublicExposure,
        Self::UnpricedItems,
        Self::IdleReplicas,
        Self::StaleCatalog,
        Self::NoOwner,
    ];

    /// The names of all, in the same order.
    pub const NAMES: &'static [&'static str] = &[
        "gpu-without-lifetime",
        "spot-without-checkpoint",
        "cross-region-data",
        "public-exposure",
        "unpriced-items",
        "idle-replicas",
        "stale-catalog",
        "no-owner",
    ];

    /// The rule of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// Its stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The arguments that say from where on it is broken.
    #[must_use]
    pub const fn thresholds(self) -> &'static [&'static str] {
        match self {
            Self::GpuWithoutLifetime => &["production"],
            Self::SpotWithoutCheckpoint => &["max_rerun"],
            Self::CrossRegionData => &["max_monthly"],
            Self::UnpricedItems => &["accepted"],
            Self::IdleReplicas => &["max_monthly", "max_idle"],
            Self::StaleCatalog => &["max_age"],
            Self::PublicExposure | Self::NoOwner => &[],
        }
    }
}

/// A `policy` block: how a rule is held.
#[derive(Debug, Clone, Serialize)]
pub struct Policy {
    /// How strictly; the rule's own when not given.
    pub strictness: Option<Strictness>,
    /// From where on it is broken; the rule's own where not given.
    pub thresholds: Thresholds,
    /// In an organisation's file: whether a spec may waive it although it denies.
    pub waivable: bool,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// From where on rules are broken. Each rule has some of these; less is stricter for all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Thresholds {
    /// `gpu-without-lifetime`: values of the label `env` that mean production.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub production: Option<BTreeSet<String>>,
    /// `spot-without-checkpoint`: longest work that may begin again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_rerun: Option<Duration>,
    /// `cross-region-data`, `idle-replicas`: most USD per month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_monthly: Option<Money>,
    /// `idle-replicas`: largest share of a service's compute that no traffic needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_idle: Option<Millionths>,
    /// `stale-catalog`: greatest age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
    /// `unpriced-items`: names that may be left out of the bill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<BTreeSet<String>>,
}

/// A `waiver` block: a broken rule that somebody allows for a time.
#[derive(Debug, Clone, Serialize)]
pub struct Waiver {
    /// Which rule.
    pub rule: Rule,
    /// For which stage; for all that breaks it when `None`.
    pub stage: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Date,
    #[serde(skip)]
    /// Where it was written.
    pub origin: Origin,
}

/// What an organisation's policy files say of all projects.
#[derive(Debug, Clone, Default)]
pub struct Organisation {
    /// How rules are held; a rule may be in several files.
    pub policies: Vec<(Rule, Policy)>,
    /// Limits in money, over all specs together.
    pub budgets: BTreeMap<String, SharedBudget>,
    /// Limits in GPUs, over all specs together.
    pub quotas: BTreeMap<String, SharedQuota>,
}

/// Whose stages a shared limit is about: those for which all that is given holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whose {
    /// The team that pays.
    pub team: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The project's name.
    pub project: Option<String>,
    /// The stage's name.
    pub stage: Option<String>,
}

/// A limit in USD per month over several specs.
#[derive(Debug, Clone)]
pub struct SharedBudget {
    /// What it covers.
    pub whose: Whose,
    /// For a month.
    pub limit: Money,
    /// Share of the limit from which on a warning is given.
    pub warn_at: Millionths,
    /// What happens above the limit.
    pub on_exceed: OnExceed,
}

/// A limit in GPUs over several specs.
#[derive(Debug, Clone)]
pub struct SharedQuota {
    /// What it covers.
    pub whose: Whose,
    /// Counts GPUs of this name; all when `None`.
    pub gpu: Option<Written<String>>,
    /// Counts only this provider's.
    pub provider: Option<ProviderName>,
    /// Counts only this region's.
    pub region: Option<String>,
    /// Most at once.
    pub max: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_what_they_name() {
        for (rule, name) in Rule::ALL.into_iter().zip(Rule::NAMES) {
            assert_eq!((rule.as_str(), Rule::from_name(name)), (*name, Some(rule)));
        }
        for word in Strictness::WORDS {
            assert_eq!(Strictness::from_name(word).unwrap().as_str(), *word);
        }
    }
}
