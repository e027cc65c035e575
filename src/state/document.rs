//! The state as a document: JSON with a digest over everything else in it.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::{InvalidId, OwnerTag};
use serde::{Deserialize, Serialize};

use super::StateObject;
use crate::catalog::text::sha256_hex;

/// The version of the form that this program writes.
pub const FORMAT_VERSION: u32 = 1;

/// Everything that is believed to exist of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The version of the form.
    pub format_version: u32,
    /// The project.
    pub project: String,
    /// Its identity from its first write on; a state of another lineage is another state.
    pub lineage: String,
    /// Counts its writes: of two states of one lineage the higher is the newer.
    pub serial: u64,
    /// The number of the last lease under which it was written. A writer with a lower one has lost
    /// its lease and must not write.
    pub fence: u64,
    /// Objects by address, e.g. `pool.train`.
    pub objects: BTreeMap<String, StateObject>,
    /// Objects that were replaced and still await deletion, by address.
    pub deposed: BTreeMap<String, Vec<StateObject>>,
    /// Digests of plans that were applied: each is applied once.
    pub consumed: BTreeSet<String>,
}

/// A text that is no usable state.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It isn't what a state looks like.
    #[error("it is no state")]
    Form(#[source] serde_json::Error),
    /// Written by a later program.
    #[error("it has format version {found}, and this program knows up to {FORMAT_VERSION}")]
    Newer {
        /// The version that it says it has.
        found: u64,
    },
    /// Changed by something else than this program, or damaged.
    #[error("its digest doesn't fit what is in it: it was changed by hand or damaged")]
    Digest,
}

/// The state with its digest, as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    /// sha-256 of the compact JSON of the state.
    sha256: String,
    state: State,
}

/// The part of any version's form that tells the version.
#[derive(Deserialize)]
struct Versioned {
    state: Version,
}

#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

impl State {
    /// The state of a project of which nothing exists yet.
    #[must_use]
    pub fn new(project: impl Into<String>, lineage: impl Into<String>) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            project: project.into(),
            lineage: lineage.into(),
            serial: 0,
            fence: 0,
            objects: BTreeMap::new(),
            deposed: BTreeMap::new(),
            consumed: BTreeSet::new(),
        }
    }

    /// What its objects are tagged with.
    ///
    /// # Errors
    ///
    /// [`InvalidId`] when the project's name or the lineage can't be a tag.
    pub fn owner(&self) -> Result<OwnerTag, InvalidId> {
        OwnerTag::new(&self.project, &self.lineage)
    }

    /// sha-256 over everything in it, in hex.
    #[must_use]
    pub fn digest(&self) -> String {
        sha256_hex(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }

    /// Its text: equal states are equal bytes.
    ///
    /// The digest is of the very bytes that follow it, so that a state of thousands of objects is put
    /// into text once.
    #[must_use]
    pub fn to_text(&self) -> String {
        let state = serde_json::to_string(self).unwrap_or_default();
        let sha256 = sha256_hex(state.as_bytes());
        format!("{{\"sha256\":\"{sha256}\",\n\"state\":{state}}}\n")
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// [`StateError`] when it is no state, a later version's, or not what was written.
    pub fn from_text(text: &str) -> Result<Self, StateError> {
        Self::with_digest(text).map(|(state, _)| state)
    }

    /// The same with the digest of what was read, which is what [`Self::digest`] gives.
    ///
    /// # Errors
    ///
    /// [`StateError`], as [`Self::from_text`].
    pub fn with_digest(text: &str) -> Result<(Self, String), StateError> {
        let Sealed { sha256, state } = serde_json::from_str(text).map_err(|error| {
            // A later version may have what this one doesn't know.
            let version: Option<Versioned> = serde_json::from_str(text).ok();
            let version = version.map(|read| read.state.format_version);
            let newer = version.filter(|found| *found > u64::from(FORMAT_VERSION));
            newer.map_or(StateError::Form(error), |found| StateError::Newer { found })
        })?;
        if state.format_version > FORMAT_VERSION {
            let found = state.format_version.into();
            return Err(StateError::Newer { found });
        }
        if state.digest() == sha256 {
            Ok((state, sha256))
        } else {
            Err(StateError::Digest)
        }
    }
}
