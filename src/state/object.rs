use mlinfra_provider_api::{Attributes, ObjectId, OpKey};
use serde::{Deserialize, Serialize};

use super::Intent;

/// An object that exists, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateObject {
    /// Whose API it is reached through.
    pub provider: String,
    /// Which it is there.
    pub id: ObjectId,
    /// Its name there.
    pub name: String,
    /// What it was to be like when it was made or changed last.
    pub desired: Attributes,
    /// What it was like when it was read last.
    pub observed: Attributes,
    /// The operation that made it.
    pub made_by: OpKey,
    /// Whether it was only made in part, so that it must be made anew.
    pub tainted: bool,
    /// What it was made for.
    pub intent: Intent,
}
