use std::cell::Cell;

use super::{Fault, Outcome, fault};
use crate::diagnostics::{Origin, spec};
use crate::spec::value::Value;

/// Most expressions evaluated for one spec; a real one needs some thousands.
const STEPS: u64 = 1_000_000;
/// Most bytes of values made for one spec, each counted as if written out in full. A spec that
/// doubles a text in each of thirty locals ends here, at once and without the memory.
const WEIGHT: u64 = 16 << 20;

/// Most levels of lists and objects in one value: many functions go through them recursively.
const LEVELS: u32 = 64;

/// What is left to evaluate with.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: Cell<u64>,
    weight: Cell<u64>,
    told: Cell<bool>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: Cell::new(STEPS),
            weight: Cell::new(WEIGHT),
            told: Cell::new(false),
        }
    }
}

impl Budget {
    /// Takes one step.
    pub(crate) fn step(&self, at: impl FnOnce() -> Origin) -> Outcome<()> {
        self.take(&self.steps, 1, at)
    }

    /// Takes the weight of a value.
    pub(crate) fn keep(&self, value: &Value, at: impl FnOnce() -> Origin) -> Outcome<()> {
        if value.depth() > LEVELS {
            let detail = format!("A value may hold lists and objects {LEVELS} levels deep.");
            return Err(fault(&spec::TOO_DEEP, at(), detail));
        }
        self.take(&self.weight, value.weight(), at)
    }

    /// Takes so many bytes, before they are made.
    pub(crate) fn bytes(&self, bytes: u64, at: impl FnOnce() -> Origin) -> Outcome<()> {
        self.take(&self.weight, bytes, at)
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.told.get()
    }

    /// Reports the first time only: all that follows has no value for the same reason.
    fn take(&self, from: &Cell<u64>, amount: u64, at: impl FnOnce() -> Origin) -> Outcome<()> {
        if self.told.get() {
            return Err(Fault::Reported);
        }
        if let Some(rest) = from.get().checked_sub(amount) {
            from.set(rest);
            return Ok(());
        }
        self.told.set(true);
        let detail = format!(
            "Evaluating the spec takes more than {STEPS} steps or makes more than {} MiB of \
             values, and stops here.",
            WEIGHT >> 20
        );
        Err(fault(&spec::TOO_LARGE, at(), detail))
    }
}
