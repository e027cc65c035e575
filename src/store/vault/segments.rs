//! The journal of one serial and one fence: a blob for each write, numbered from 1.

use super::super::blobs::{BlobError, Blobs, When};
use super::VaultError;
use crate::state::{JournalError, Read, State, read};

/// How often a journal is closed anew to somebody who is still writing it.
const TRIES: u32 = 20;

/// What the names of a state's journal begin with.
pub(super) fn journal_of(state: &State) -> String {
    format!("journal/{:012}/{:08}-", state.serial, state.fence)
}

/// A segment's name.
pub(super) fn name_of(state: &State, segment: u64) -> String {
    format!("{}{segment:08}.jsonl", journal_of(state))
}

/// The segments of a journal as they were read.
pub(super) struct Segments {
    parts: Vec<(String, Vec<u8>)>,
}

impl Segments {
    /// Reads all that there are.
    pub(super) async fn of(blobs: &dyn Blobs, state: &State) -> Result<Self, BlobError> {
        let mut parts = Vec::new();
        for name in blobs.list(&journal_of(state)).await? {
            if let Some(blob) = blobs.get(&name).await? {
                parts.push((name, blob.bytes));
            }
        }
        Ok(Self { parts })
    }

    /// Reads all that there are and, unless whoever wrote them has `ended`, closes the journal, so
    /// that it can't be written any more.
    ///
    /// A segment is only written where there is none, so an empty one where the next would be makes
    /// that fail. What was noted before is read here, and what wasn't is never begun.
    pub(super) async fn closed(
        blobs: &dyn Blobs,
        state: &State,
        ended: bool,
    ) -> Result<Self, VaultError> {
        for _ in 0..TRIES {
            let segments = Self::of(blobs, state).await?;
            let last = segments.parts.last();
            if ended || last.is_some_and(|(_, bytes)| bytes.is_empty()) {
                return Ok(segments);
            }
            let number = last.map_or(0, |(name, _)| number_of(name));
            let end = name_of(state, number.saturating_add(1));
            match blobs.put(&end, b"", &When::Absent).await {
                Ok(_) => return Ok(segments),
                // Somebody wrote it, or nobody knows: what is there now tells.
                Err(BlobError::Conflict { .. } | BlobError::Unknown { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let name = journal_of(state);
        Err(BlobError::Conflict { name }.into())
    }

    /// Whether they say nothing.
    pub(super) fn are_empty(&self) -> bool {
        self.parts.iter().all(|(_, bytes)| bytes.is_empty())
    }

    /// Throws away those that say something: they stand for nothing now. The empty one stays, so that
    /// the journal stays closed.
    pub(super) async fn drop(&self, blobs: &dyn Blobs) {
        for (name, _) in self.parts.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            drop(blobs.delete(name).await);
        }
    }

    /// What they say.
    pub(super) fn read(&self) -> Result<Read, VaultError> {
        let text: Vec<u8> = self.parts.iter().flat_map(|(_, b)| b).copied().collect();
        read(&text).map_err(|error| self.place(error))
    }

    /// In which segment the damage is.
    fn place(&self, source: JournalError) -> VaultError {
        let (JournalError::Damaged { line } | JournalError::OutOfOrder { line }) = source;
        let mut left = line;
        for (name, bytes) in &self.parts {
            let lines = bytes.split_inclusive(|b| *b == b'\n').count();
            if left <= lines {
                let (name, line) = (name.clone(), left);
                return VaultError::Journal { name, line, source };
            }
            left -= lines;
        }
        let name = String::new();
        VaultError::Journal { name, line, source }
    }
}

/// Which segment has this name; 0 for other names.
fn number_of(name: &str) -> u64 {
    let number = name.rsplit('-').next().unwrap_or_default();
    let number = number.strip_suffix(".jsonl").unwrap_or_default();
    number.parse().unwrap_or(0)
}
