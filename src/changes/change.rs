//! One difference between what is wanted and what exists: what is to be done, and why.

use std::collections::BTreeSet;

use mlinfra_provider_api::{Attributes, ObjectId};
use serde::{Deserialize, Serialize};

use crate::units::Money;

/// What is to be done with one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its address in the state. An object that awaits deletion has the address of its successor.
    pub address: String,
    /// The stage whose pool it belongs to.
    pub stage: String,
    /// What it is.
    pub kind: String,
    /// Whose API.
    pub provider: String,
    /// Where: a region.
    pub scope: String,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// Which object is there; `None` when there is none.
    pub id: Option<ObjectId>,
    /// Its managed attributes as read; `None` when there is nothing.
    pub before: Option<Attributes>,
    /// What they are to be, without those that aren't known yet; `None` when nothing is to be there.
    pub after: Option<Attributes>,
    /// Attributes that are known after apply only.
    pub unknown: BTreeSet<String>,
    /// Attributes for whose sake it is made anew.
    pub replaced_by: BTreeSet<String>,
    /// Attributes that something else than mlinfra changed, as they were made.
    pub drifted: Attributes,
    /// What it costs for an hour now.
    pub usd_per_hour_before: Option<Money>,
    /// What it will cost for an hour if the first way can be taken.
    pub usd_per_hour_after: Option<Money>,
    /// The place in the plan's ranking of the way that it is on, or that is tried first.
    pub alternative: usize,
}

/// What is done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// It is changed where it is.
    Update,
    /// A new one is made, and then the old one is deleted.
    CreateThenDelete,
    /// The old one is deleted, and then a new one is made.
    DeleteThenCreate,
    /// It is deleted.
    Delete,
    /// It is gone already, and the state is told so.
    Forget,
}

impl Action {
    /// Whether something is done.
    #[must_use]
    pub const fn is_something(self) -> bool {
        !matches!(self, Self::NoOp)
    }

    /// Whether a new object is made.
    #[must_use]
    pub const fn creates(self) -> bool {
        matches!(
            self,
            Self::Create | Self::CreateThenDelete | Self::DeleteThenCreate
        )
    }

    /// Whether an object that is there is deleted.
    #[must_use]
    pub const fn deletes(self) -> bool {
        matches!(
            self,
            Self::Delete | Self::CreateThenDelete | Self::DeleteThenCreate
        )
    }
}

/// Why something is done, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is as it is to be.
    AsPlanned,
    /// It is as it is to be on a lower choice, since there was no capacity for the first.
    OnFallback,
    /// There is none yet.
    NotInState,
    /// There was one, and it is gone.
    Gone,
    /// The plan is another than the one it was made by.
    PlanChanged,
    /// The plan puts something else first than it did.
    ChoiceChanged,
    /// Something else than mlinfra changed it.
    Drifted,
    /// What it refers to changes.
    DependencyChanged,
    /// It was made in part only, or broke.
    Tainted,
    /// A run that ended early began to make or change it, and it isn't ready so far.
    NotReady,
    /// It was asked for.
    Requested,
    /// It was replaced before.
    Deposed,
    /// No stage of the spec wants it any more.
    NotWanted,
    /// All is to be deleted.
    Destroying,
}

impl Reason {
    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsPlanned => "as-planned",
            Self::OnFallback => "on-fallback",
            Self::NotInState => "not-in-state",
            Self::Gone => "gone",
            Self::PlanChanged => "plan-changed",
            Self::ChoiceChanged => "choice-changed",
            Self::Drifted => "drifted",
            Self::DependencyChanged => "dependency-changed",
            Self::Tainted => "tainted",
            Self::NotReady => "not-ready",
            Self::Requested => "requested",
            Self::Deposed => "deposed",
            Self::NotWanted => "not-wanted",
            Self::Destroying => "destroying",
        }
    }
}

/// How many objects are to be made, changed and deleted; a replacement is one of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// To be made.
    pub add: usize,
    /// To be changed where they are.
    pub change: usize,
    /// To be deleted.
    pub destroy: usize,
}

impl Summary {
    /// The counts of changes.
    #[must_use]
    pub fn of(changes: &[Change]) -> Self {
        let count = |wanted: fn(Action) -> bool| {
            changes
                .iter()
                .filter(|change| wanted(change.action))
                .count()
        };
        Self {
            add: count(Action::creates),
            change: count(|action| action == Action::Update),
            destroy: count(Action::deletes),
        }
    }
}
