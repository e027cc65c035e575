//! The state for those who only read.

use std::collections::BTreeMap;

use mlinfra_provider_api::OpKey;
use serde::Deserialize;

use super::super::blobs::{BlobError, Blobs};
use super::super::lease::{self, Lease};
use super::opening::rolled_back;
use super::segments::Segments;
use super::{STATE, VaultError, parse};
use crate::state::{State, Unsettled};

/// How often it is read again when somebody writes meanwhile.
const TRIES: u32 = 20;

/// What is believed to exist, as somebody sees it who doesn't hold it.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The state, with all that the journal of a run under way tells.
    pub state: State,
    /// Operations that were begun and of which nothing tells how they ended: under way, or left
    /// open by a run that died.
    pub unsettled: BTreeMap<OpKey, Unsettled>,
    /// Who holds it, if anybody does.
    pub lease: Option<Lease>,
}

/// Looks at a state without holding it; `None` when nothing was written yet. Nothing is locked and
/// nothing is written, and a run under way isn't disturbed.
///
/// # Errors
///
/// [`VaultError`] when it can't be read or is damaged.
pub async fn look(blobs: &dyn Blobs) -> Result<Option<Look>, VaultError> {
    for _ in 0..TRIES {
        // In this order: whoever writes the lease has written the state before.
        let last = lease::last(blobs).await?;
        let written = last.as_ref().map_or(0, |lease| lease.serial);
        let lease = last.filter(|lease| lease.holder.is_some());
        let Some(blob) = blobs.get(STATE).await? else {
            rolled_back(0, written)?;
            return Ok(None);
        };
        let mut state = parse(STATE, &blob.bytes)?;
        rolled_back(state.serial, written)?;
        let segments = Segments::of(blobs, &state).await?;
        // A journal belongs to one state. If there is another now, this one may lack parts.
        let now = blobs.get(STATE).await?;
        if now.is_none_or(|now| now.version != blob.version) {
            continue;
        }
        let unsettled = state.fold(&segments.read()?.entries);
        return Ok(Some(Look {
            state,
            unsettled,
            lease,
        }));
    }
    let name = STATE.to_owned();
    Err(BlobError::Conflict { name }.into())
}

/// The state as it is, without the journal of a run that is under way.
///
/// # Errors
///
/// [`VaultError`] when it can't be read.
pub async fn peek(blobs: &dyn Blobs) -> Result<Option<State>, VaultError> {
    let blob = blobs.get(STATE).await?;
    blob.map(|blob| parse(STATE, &blob.bytes)).transpose()
}

/// Which state it is, of all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Glimpse {
    /// The project.
    pub project: String,
    /// Its identity from its first write on.
    pub lineage: String,
    /// Its serial.
    pub serial: u64,
    /// The number of the last lease under which it was written.
    pub fence: u64,
}

/// Which state there is; `None` when nothing was written yet. Whether it is whole, and the newest, is
/// found out by whoever reads all of it, which takes ten times as long.
///
/// # Errors
///
/// [`VaultError`] when it can't be read or is no state.
pub async fn glimpse(blobs: &dyn Blobs) -> Result<Option<Glimpse>, VaultError> {
    #[derive(Deserialize)]
    struct Sealed {
        state: Glimpse,
    }

    let Some(blob) = blobs.get(STATE).await? else {
        return Ok(None);
    };
    let sealed = serde_json::from_slice(&blob.bytes);
    match sealed {
        Ok(Sealed { state }) => Ok(Some(state)),
        // Reading all of it says what is wrong.
        Err(_) => parse(STATE, &blob.bytes).map(|state| Some(Glimpse::of(state))),
    }
}

impl Glimpse {
    fn of(state: State) -> Self {
        let State {
            project,
            lineage,
            serial,
            fence,
            ..
        } = state;
        Self {
            project,
            lineage,
            serial,
            fence,
        }
    }
}
