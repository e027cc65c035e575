//! Facts against an expectation: one judgement for each thing that can be wrong with a node.
//!
//! ```text
//! pass  product      gpu 0  NVIDIA A30
//! fail  memory-free  gpu 0  12.0 GiB  (expected at least 20.0 GiB)
//! skip  ecc          gpu 0  not reported by this card or driver
//! ```

mod card;
mod health;
mod node;
#[cfg(test)]
mod tests;

use crate::expectation::Expectation;
use crate::fact::Fact;
use crate::facts::NodeFacts;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// It couldn't be told.
    Skip,
    /// Not as it should be, and the work can go on.
    Warn,
}

impl Outcome {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Warn => "warn",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which; stable, for scripts.
    pub name: &'static str,
    /// Index of the card; `None` for the machine as a whole.
    pub gpu: Option<u32>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether a skip refuses the node as a failure does.
    ///
    /// What the expectation asks for is required. So is the health of a card as far as it reports
    /// it: a card without error-correcting memory passes, one whose answer was an error doesn't.
    pub required: bool,
    /// What was found, in words; empty when nothing was.
    pub found: String,
    /// What should have been found; empty when anything may be.
    pub expected: String,
    /// Why it isn't a pass; empty when it is one.
    pub reason: String,
}

impl Check {
    fn new(name: &'static str, gpu: Option<u32>) -> Self {
        Self {
            name,
            gpu,
            outcome: Outcome::Pass,
            required: false,
            found: String::new(),
            expected: String::new(),
            reason: String::new(),
        }
    }

    fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    fn found(mut self, found: impl Into<String>) -> Self {
        self.found = found.into();
        self
    }

    fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// A failure for this reason when the condition doesn't hold.
    fn unless(self, holds: bool, reason: impl Into<String>) -> Self {
        if holds {
            self
        } else {
            self.ends(Outcome::Fail, reason)
        }
    }

    fn ends(mut self, outcome: Outcome, reason: impl Into<String>) -> Self {
        self.outcome = outcome;
        self.reason = reason.into();
        self
    }

    /// Judges a fact; skips when there is none. That the card has no such thing is no reason to
    /// refuse it unless the expectation asks for it; that the answer was an error is.
    fn of<T>(self, fact: &Fact<T>, judge: impl FnOnce(Self, &T) -> Self) -> Self {
        match fact {
            Fact::Known(value) => judge(self, value),
            Fact::Unsupported => {
                let reason = fact.missing().unwrap_or_default();
                self.ends(Outcome::Skip, reason)
            }
            Fact::Failed(reason) => self.required(true).ends(Outcome::Skip, reason),
        }
    }

    /// Whether the node is refused for it.
    pub fn refuses(&self) -> bool {
        self.outcome == Outcome::Fail || (self.outcome == Outcome::Skip && self.required)
    }
}

/// Holds what was read against what was expected.
pub fn check(facts: &NodeFacts, expectation: &Expectation) -> Vec<Check> {
    let mut checks = node::checks(facts, expectation);
    for gpu in &facts.gpus {
        checks.extend(card::checks(gpu, expectation));
        checks.extend(health::checks(gpu, expectation));
    }
    checks.extend(node::between(facts, expectation));
    checks
}

/// Whether the node is accepted; else the checks that refuse it.
///
/// # Errors
///
/// The checks that failed, and the required ones that were skipped.
pub fn verdict(checks: &[Check]) -> Result<(), Vec<&Check>> {
    let refusing: Vec<&Check> = checks.iter().filter(|check| check.refuses()).collect();
    if refusing.is_empty() {
        return Ok(());
    }
    Err(refusing)
}

/// A size as people write it: `23.7 GiB`, one digit after the point.
pub fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    if bytes < 1024 * MIB {
        return format!("{} MiB", bytes / MIB);
    }
    // Rounded down, so that what is said to be free is.
    let tenths = bytes / (1 << 20) * 10 / 1024;
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}
