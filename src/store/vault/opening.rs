//! Opening a state: its lease, its journal closed to whoever had it before, its next serial.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::blobs::{Blobs, Version, When};
use super::super::lease::{Held, Holder, LeaseError};
use super::segments::Segments;
use super::{STATE, Vault, VaultError, begun_anew, parse_whole, past};
use crate::state::{Journal, State};

/// Which state is to be opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w> {
    pub(super) project: &'w str,
    /// Of the state that is begun when there is none.
    pub(super) lineage: &'w str,
    /// Whether one will do that is older than one that was written.
    pub(super) older: bool,
}

impl Wanted<'_> {
    /// Whether a state is this one.
    fn is(&self, state: &State, held: &Held) -> Result<(), VaultError> {
        if state.project != self.project {
            let found = state.project.clone();
            return Err(VaultError::OtherProject { found });
        }
        if self.older {
            return Ok(());
        }
        if state.fence > held.fence() {
            // It froze between taking the lease and reading the state, and somebody took it over.
            return Err(LeaseError::Lost.into());
        }
        rolled_back(state.serial, held.serial())
    }
}

impl<'b> Vault<'b> {
    /// Opens the state of a project, or begins one with this lineage.
    ///
    /// # Errors
    ///
    /// [`VaultError`]; a damaged state or journal is left as it is.
    pub async fn open(
        blobs: &'b dyn Blobs,
        project: &str,
        lineage: &str,
        holder: Holder,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let wanted = Wanted {
            project,
            lineage,
            older: false,
        };
        Self::open_as(blobs, wanted, holder, now).await
    }

    /// The same, and also when the state is older than one that was written before: somebody put it
    /// there, and means it.
    ///
    /// # Errors
    ///
    /// [`VaultError`]; a damaged state or journal is left as it is.
    pub async fn open_older(
        blobs: &'b dyn Blobs,
        project: &str,
        lineage: &str,
        holder: Holder,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let wanted = Wanted {
            project,
            lineage,
            older: true,
        };
        Self::open_as(blobs, wanted, holder, now).await
    }

    async fn open_as(
        blobs: &'b dyn Blobs,
        wanted: Wanted<'_>,
        holder: Holder,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let held = Held::acquire(blobs, holder, now).await?;
        match Self::claim(blobs, held.clone(), wanted, now).await {
            Ok(vault) => Ok(vault),
            Err(error) => {
                // What couldn't be opened shouldn't be closed to others for long; why it couldn't
                // matters more than whether giving it back succeeds.
                drop(held.release(blobs).await);
                Err(error)
            }
        }
    }

    pub(super) async fn claim(
        blobs: &'b dyn Blobs,
        held: Held,
        wanted: Wanted<'_>,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let (mut state, when, found) = match blobs.get(STATE).await? {
            None => {
                let state = State::new(wanted.project, wanted.lineage);
                wanted.is(&state, &held)?;
                (state, When::Absent, None)
            }
            Some(blob) => {
                let (state, digest) = parse_whole(STATE, &blob.bytes)?;
                wanted.is(&state, &held)?;
                let found = Some((state.serial, blob.bytes, digest));
                (state, When::Is(blob.version), found)
            }
        };
        // Without a state there is no journal yet either.
        let ended = found.is_none() || held.ended(state.fence);
        let segments = Segments::closed(blobs, &state, ended).await?;
        let unsettled = state.fold(&segments.read()?.entries);
        if let Some((_, bytes, digest)) = &found {
            let written = Some((bytes.as_slice(), digest.as_str()));
            let written = written.filter(|_| segments.are_empty());
            past::keep(blobs, &state, written, held.holder(), now).await?;
        }
        state.serial = state.serial.max(held.serial()).saturating_add(1);
        state.fence = held.fence();
        let mut vault = Self {
            blobs,
            held,
            version: Version::of(b""),
            journal: Journal::default(),
            segment: 0,
            noted: Vec::new(),
            unsettled: BTreeMap::new(),
            found: found.map(|(serial, ..)| serial),
            doubt: None,
            state,
        };
        // First the open ends, under the serial that the state is about to have: if this ends here,
        // they belong to no state, and the old journal still counts.
        vault.note(begun_anew(unsettled), now).await?;
        vault.version = vault.write(&when).await?;
        vault.held.remember(vault.state.serial);
        segments.drop(blobs).await;
        past::prune(blobs).await;
        Ok(vault)
    }
}

/// Whether a state is older than one that was written.
pub(super) fn rolled_back(found: u64, expected: u64) -> Result<(), VaultError> {
    if found < expected {
        return Err(VaultError::RolledBack { found, expected });
    }
    Ok(())
}
