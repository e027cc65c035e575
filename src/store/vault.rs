//! A project's state and journal in a place for blobs, held by one writer at a time.
//!
//! ```text
//! lease.json                        who may write, and the fence
//! state.json                        serial 12, fence 7
//! journal/000000000012/00000007-00000001.jsonl   what the holder of fence 7 began since serial 12
//! ```
//!
//! Whoever opens it takes the lease, closes the last holder's journal, folds what that tells into the
//! state, and writes that with its own fence. From then on no write of an earlier holder succeeds:
//! its segments would be where something is, and its state depends on the version that it knew.
//! Segments of a journal belong to one serial and one fence; all others are left over and stand for
//! nothing. Beside these are `history/`, what the state was at each opening, and `plans/`.

mod error;
mod exchange;
mod look;
mod opening;
mod past;
mod plans;
mod problem;
mod segments;

pub use error::VaultError;
pub use exchange::break_open;
pub use look::{Glimpse, Look, glimpse, look, peek};
pub use past::{KEPT, Past, history, past};
pub use plans::{plan_kept, plans_kept};
pub use problem::diagnostic;

use std::collections::BTreeMap;

use jiff::Timestamp;
use mlinfra_provider_api::OpKey;

use self::segments::{journal_of, name_of};
use super::blobs::{BlobError, Blobs, Version, When};
use super::lease::{Held, LeaseError};
use crate::state::{Event, Journal, State, Unsettled, read};

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
    /// The serial of the state that was found; `None` when there was none.
    found: Option<u64>,
    /// What was said of a state of which nobody knows whether it was written. It may still be, long
    /// after this; then the journal that is being written belongs to no state.
    doubt: Option<BlobError>,
}

impl Vault<'_> {
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
        self.note_when(events, now, &When::Absent).await
    }

    async fn note_when(
        &mut self,
        events: Vec<(OpKey, u32, Event)>,
        now: Timestamp,
        when: &When,
    ) -> Result<(), VaultError> {
        if let Some(doubt) = &self.doubt {
            return Err(doubt.clone().into());
        }
        if events.is_empty() {
            return Ok(());
        }
        let (mut journal, segment) = (self.journal.clone(), self.segment + 1);
        let time = now.to_string();
        let line = |(op, attempt, event): &(OpKey, u32, Event)| {
            journal.line(&time, *op, *attempt, event.clone())
        };
        let text: String = events.iter().map(line).collect();
        let name = name_of(&self.state, segment);
        put_certainly(self.blobs, &name, text.as_bytes(), when).await?;
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
    /// [`VaultError`]: the state that was there is there still, or nobody knows. In that case nothing
    /// can be noted or written any more; whoever opens the state next reads what there is.
    pub async fn commit(
        &mut self,
        change: impl FnOnce(&mut State) + Send,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        let before = (self.state.clone(), self.journal.clone(), self.segment);
        let noted = std::mem::take(&mut self.noted);
        let left_over = journal_of(&self.state);
        let segment = |source| VaultError::Journal {
            name: left_over.clone(),
            line: 0,
            source,
        };
        let unsettled = self.state.fold(&read(&noted).map_err(segment)?.entries);
        change(&mut self.state);
        self.state.serial = self.state.serial.saturating_add(1);
        (self.journal, self.segment) = (Journal::default(), 0);
        let when = When::Is(self.version.clone());
        // One that couldn't write the state may have written these before.
        let begun = self.note_when(begun_anew(unsettled), now, &When::Always);
        let written = match begun.await {
            Ok(()) => self.write(&when).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(version) => {
                self.version = version;
                self.held.remember(self.state.serial);
            }
            Err(error) => {
                (self.state, self.journal, self.segment) = before;
                self.noted = noted;
                if let VaultError::Blobs(doubt @ BlobError::Unknown { .. }) = &error {
                    self.doubt = Some(doubt.clone());
                }
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
        put_certainly(self.blobs, STATE, text.as_bytes(), when).await
    }
}

/// Writes, and finds out what became of a write without an answer: no two writes are equal, since
/// each has its own serial, fence or name.
async fn put_certainly(
    blobs: &dyn Blobs,
    name: &str,
    bytes: &[u8],
    when: &When,
) -> Result<Version, VaultError> {
    match blobs.put(name, bytes, when).await {
        Ok(version) => Ok(version),
        Err(error @ BlobError::Unknown { .. }) => match blobs.get(name).await? {
            Some(blob) if blob.bytes == bytes => Ok(blob.version),
            // Something else is there now, where this was only to be written if nothing was.
            Some(_) if *when == When::Absent => Err(LeaseError::Lost.into()),
            Some(blob) if matches!(when, When::Is(was) if blob.version != *was) => {
                Err(LeaseError::Lost.into())
            }
            _ => Err(error.into()),
        },
        Err(BlobError::Conflict { .. }) => Err(LeaseError::Lost.into()),
        Err(error) => Err(error.into()),
    }
}

/// The beginnings of what is unsettled, for a new journal.
fn begun_anew(unsettled: BTreeMap<OpKey, Unsettled>) -> Vec<(OpKey, u32, Event)> {
    let unsettled = unsettled.into_iter();
    unsettled.map(|(op, u)| (op, u.attempt, u.event)).collect()
}

fn parse(name: &str, bytes: &[u8]) -> Result<State, VaultError> {
    parse_whole(name, bytes).map(|(state, _)| state)
}

/// A state and its digest.
fn parse_whole(name: &str, bytes: &[u8]) -> Result<(State, String), VaultError> {
    State::with_digest(&String::from_utf8_lossy(bytes)).map_err(|source| VaultError::State {
        name: name.to_owned(),
        source,
    })
}
