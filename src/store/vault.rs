//! A project's state and journal in a place for blobs, held by one writer at a time.
//!
//! ```text
//! lease.json                        who may write, and the fence
//! state.json                        serial 12, fence 7
//! journal/000000000012/00000007-00000001.jsonl   what the holder of fence 7 began since serial 12
//! ```
//!
//! Whoever opens it takes the lease, folds what the last holder's journal tells into the state, and
//! writes that with its own fence. From then on no write of an earlier holder succeeds, since each
//! depends on the version that it knew. Segments of a journal belong to one serial and one fence;
//! all others are left over and stand for nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use mlinfra_provider_api::OpKey;

use super::blobs::{BlobError, Blobs, Version, When};
use super::lease::{Held, Holder, LeaseError};
use crate::state::{Event, Journal, JournalError, State, StateError, Unsettled, read};

/// The state's name.
const STATE: &str = "state.json";

/// An open state: this process alone may write it.
pub struct Vault<'b> {
    blobs: &'b dyn Blobs,
    held: Held,
    state: State,
    version: Version,
    journal: Journal,
    segment: u64,
    /// What the segments say: they are this process's own, so they needn't be read again.
    noted: Vec<u8>,
    unsettled: BTreeMap<OpKey, Unsettled>,
}

/// A state that can't be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Somebody else holds it, or took it over.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The state is damaged, or a later program's.
    #[error("the state can't be used")]
    State(#[from] StateError),
    /// The journal is damaged.
    #[error("the journal of the last run can't be used")]
    Journal(#[from] JournalError),
    /// It is the state of another project, or was made anew meanwhile.
    #[error("the state is of project `{found}`")]
    OtherProject {
        /// Whose it is.
        found: String,
    },
    /// The place can't be read or written.
    #[error(transparent)]
    Blobs(#[from] BlobError),
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
        let held = Held::acquire(blobs, holder, now).await?;
        match Self::claim(blobs, project, lineage, held.clone(), now).await {
            Ok(vault) => Ok(vault),
            Err(error) => {
                // What couldn't be opened shouldn't be closed to others for long; why it couldn't
                // matters more than whether giving it back succeeds.
                drop(held.release(blobs).await);
                Err(error)
            }
        }
    }

    async fn claim(
        blobs: &'b dyn Blobs,
        project: &str,
        lineage: &str,
        held: Held,
        now: Timestamp,
    ) -> Result<Self, VaultError> {
        let (mut state, when) = match blobs.get(STATE).await? {
            None => (State::new(project, lineage), When::Absent),
            Some(blob) => (parse(&blob.bytes)?, When::Is(blob.version)),
        };
        if state.project != project {
            let found = state.project;
            return Err(VaultError::OtherProject { found });
        }
        if state.fence > held.fence() {
            // It froze between taking the lease and reading the state, and somebody took it over.
            return Err(LeaseError::Lost.into());
        }
        let text = segments(blobs, &state).await?;
        let unsettled = state.fold(&read(&text)?.entries);
        state.serial += 1;
        state.fence = held.fence();
        let mut vault = Self {
            blobs,
            held,
            version: Version::of(b""),
            journal: Journal::default(),
            segment: 0,
            noted: Vec::new(),
            unsettled: BTreeMap::new(),
            state,
        };
        // First the open ends, under the serial that the state is about to have: if this ends here,
        // they belong to no state, and the old journal still counts.
        vault.note(begun_anew(unsettled), now).await?;
        vault.version = vault.write(&when).await?;
        Ok(vault)
    }

    /// What is believed to exist.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Operations that were begun and of which nothing tells how they ended.
    #[must_use]
    pub const fn unsettled(&self) -> &BTreeMap<OpKey, Unsettled> {
        &self.unsettled
    }

    /// Whether the time is over in which nobody else may write: nothing may be begun then.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.held.is_over(now)
    }

    /// Writes what is about to happen or has happened. When this returns, it is durable.
    ///
    /// # Errors
    ///
    /// [`VaultError`]: nothing of it may be taken as written, and nothing may be begun.
    pub async fn note(
        &mut self,
        events: Vec<(OpKey, u32, Event)>,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        if events.is_empty() {
            return Ok(());
        }
        let (mut journal, segment) = (self.journal.clone(), self.segment + 1);
        let time = now.to_string();
        let line = |(op, attempt, event): &(OpKey, u32, Event)| {
            journal.line(&time, *op, *attempt, event.clone())
        };
        let text: String = events.iter().map(line).collect();
        let name = format!("{}{segment:08}.jsonl", journal_of(&self.state));
        self.put_certainly(&name, text.as_bytes(), &When::Absent)
            .await?;
        (self.journal, self.segment) = (journal, segment);
        self.noted.extend_from_slice(text.as_bytes());
        for (op, attempt, event) in events {
            if event.begins() {
                self.unsettled.insert(op, Unsettled { attempt, event });
            } else {
                self.unsettled.remove(&op);
            }
        }
        Ok(())
    }

    /// Writes the state with all that is noted, and begins a new journal with what is unsettled.
    ///
    /// # Errors
    ///
    /// [`VaultError`]: the state that was there is there still.
    pub async fn commit(
        &mut self,
        change: impl FnOnce(&mut State) + Send,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        let before = (self.state.clone(), self.journal.clone(), self.segment);
        let noted = std::mem::take(&mut self.noted);
        let left_over = journal_of(&self.state);
        let unsettled = self.state.fold(&read(&noted)?.entries);
        change(&mut self.state);
        self.state.serial += 1;
        (self.journal, self.segment) = (Journal::default(), 0);
        let when = When::Is(self.version.clone());
        let written = match self.note(begun_anew(unsettled), now).await {
            Ok(()) => self.write(&when).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(version) => self.version = version,
            Err(error) => {
                (self.state, self.journal, self.segment) = before;
                self.noted = noted;
                return Err(error);
            }
        }
        // Left-overs stand for nothing, so nothing depends on whether they go.
        for name in self.blobs.list(&left_over).await.unwrap_or_default() {
            drop(self.blobs.delete(&name).await);
        }
        Ok(())
    }

    /// Keeps it open for longer.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Lost`] when somebody took it over.
    pub async fn renew(&mut self, now: Timestamp) -> Result<(), LeaseError> {
        self.held.renew(self.blobs, now).await
    }

    /// Lets others have it.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Lost`] when somebody took it over.
    pub async fn close(self) -> Result<(), LeaseError> {
        self.held.release(self.blobs).await
    }

    async fn write(&self, when: &When) -> Result<Version, VaultError> {
        let text = self.state.to_text();
        self.put_certainly(STATE, text.as_bytes(), when).await
    }

    /// Writes, and finds out what became of a write without an answer: no two writes are equal,
    /// since each has its own serial, fence or name.
    async fn put_certainly(
        &self,
        name: &str,
        bytes: &[u8],
        when: &When,
    ) -> Result<Version, VaultError> {
        match self.blobs.put(name, bytes, when).await {
            Ok(version) => Ok(version),
            Err(error @ BlobError::Unknown { .. }) => match self.blobs.get(name).await? {
                Some(blob) if blob.bytes == bytes => Ok(blob.version),
                _ => Err(error.into()),
            },
            Err(BlobError::Conflict { .. }) => Err(LeaseError::Lost.into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The state as it is, for who only reads: without the journal of a run that is under way.
///
/// # Errors
///
/// [`VaultError`] when it can't be read.
pub async fn peek(blobs: &dyn Blobs) -> Result<Option<State>, VaultError> {
    match blobs.get(STATE).await? {
        None => Ok(None),
        Some(blob) => Ok(Some(parse(&blob.bytes)?)),
    }
}

/// The beginnings of what is unsettled, for a new journal.
fn begun_anew(unsettled: BTreeMap<OpKey, Unsettled>) -> Vec<(OpKey, u32, Event)> {
    let unsettled = unsettled.into_iter();
    unsettled.map(|(op, u)| (op, u.attempt, u.event)).collect()
}

/// What the names of a state's journal begin with.
fn journal_of(state: &State) -> String {
    format!("journal/{:012}/{:08}-", state.serial, state.fence)
}

/// All that the journal of a state says.
async fn segments(blobs: &dyn Blobs, state: &State) -> Result<Vec<u8>, VaultError> {
    let mut text = Vec::new();
    for name in blobs.list(&journal_of(state)).await? {
        if let Some(blob) = blobs.get(&name).await? {
            text.extend_from_slice(&blob.bytes);
        }
    }
    Ok(text)
}

fn parse(bytes: &[u8]) -> Result<State, StateError> {
    State::from_text(&String::from_utf8_lossy(bytes))
}
