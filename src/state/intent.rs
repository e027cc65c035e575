use mlinfra_provider_api::Attributes;
use serde::{Deserialize, Serialize};

use crate::units::Money;

/// What an object is made for: what the plan knew of it and no provider does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// The stage whose pool it belongs to.
    pub stage: String,
    /// sha-256 of what the plan ranked first for its address, in hex; empty for an object that was
    /// imported. As long as plans rank the same first, an object that had to be made otherwise, since
    /// there was no capacity, stays as it is.
    pub choice: String,
    /// The place of what was taken in the plan's ranking; 0 is the first.
    pub alternative: usize,
    /// What it costs for an hour, for all that it consists of; `None` when that is nothing, or isn't known.
    pub usd_per_hour: Option<Money>,
    /// No path may delete it.
    pub prevent_destroy: bool,
    /// Addresses of the objects that it refers to: they can be deleted only after it.
    pub needs: Vec<String>,
    /// What is expected to be read back beside what was asked for, such as the number of GPUs of
    /// each node. The provider isn't told.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub expects: Attributes,
}
