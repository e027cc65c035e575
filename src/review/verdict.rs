//! What a policy says of a plan.

use serde::{Deserialize, Serialize};

use crate::planning::plan::{BudgetStatus, BudgetUse};
use crate::units::Date;

/// What a rule says of a plan or of one of its stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The rule's stable name: `gpu-without-lifetime`, or a path of a team's own policy.
    pub rule: String,
    /// How much it matters when it is broken.
    pub severity: Severity,
    /// Whether it is kept.
    pub status: Status,
    /// The address that it is about, e.g. `stage.train`; `None` for the plan as a whole.
    pub subject: Option<String>,
    /// One sentence: what was found.
    pub message: String,
    /// One way out, where there is one.
    pub hint: Option<String>,
    /// Where in the spec that is; `None` where only a plan was at hand.
    pub place: Option<Place>,
}

/// How much a broken rule matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A reviewer is told.
    Note,
    /// A reviewer is warned.
    Warn,
    /// The plan must not be used; the exit code is 14.
    Deny,
}

/// Whether a rule is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Status {
    /// It is kept.
    Kept,
    /// It is broken.
    Broken,
    /// It is broken, and somebody allowed that for a time.
    Waived {
        /// Why.
        reason: String,
        /// The last day.
        until: Date,
    },
}

/// A place in a file of a spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as the spec was named.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// Whether a plan must not be used, by a budget or by what policies say.
#[must_use]
pub fn is_denied(budgets: &[BudgetUse], verdicts: &[Verdict]) -> bool {
    let exceeded = |budget: &BudgetUse| budget.status == BudgetStatus::ExceededDenied;
    verdicts.iter().any(Verdict::denies) || budgets.iter().any(exceeded)
}

impl Verdict {
    /// Whether the plan must not be used because of it.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.severity == Severity::Deny && self.status == Status::Broken
    }
}
