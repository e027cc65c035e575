//! Where there was no capacity left a moment ago, so that two hundred nodes of one pool don't ask two
//! hundred times.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use mlinfra_provider_api::ProviderError;
use serde_json::json;

use super::runtime::{Clock, passed};
use crate::changes::graph::Alternative;

/// How long a refusal counts. Capacity comes back when somebody else lets go of it, which takes
/// minutes rather than seconds; asking again after that costs one call.
const REMEMBERED: Duration = Duration::from_mins(5);

#[derive(Default)]
pub(super) struct Refusals {
    /// By what was asked for.
    refused: BTreeMap<String, (Timestamp, ProviderError)>,
}

impl Refusals {
    pub(super) fn note(&mut self, way: &Alternative, error: &ProviderError, now: Timestamp) {
        if let Some(asked) = asked(way) {
            self.refused.insert(asked, (now, error.clone()));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.refused.is_empty()
    }

    /// What was said when as much of the same was asked for at the same place.
    pub(super) fn of(&self, way: &Alternative, clock: &dyn Clock) -> Option<&ProviderError> {
        let (when, error) = self.refused.get(&asked(way)?)?;
        (passed(clock, *when) < REMEMBERED).then_some(error)
    }
}

/// What of an alternative decides whether there is capacity; `None` for what is no machine.
fn asked(way: &Alternative) -> Option<String> {
    let desired = &way.desired;
    let machine = desired.attributes.get("instance_type")?;
    let rest = ["zone", "capacity_type", "count"].map(|name| desired.attributes.get(name));
    let asked = json!([way.provider, desired.kind, desired.scope, machine, rest]);
    Some(asked.to_string())
}
