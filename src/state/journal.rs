//! The journal: one line for each thing that is about to happen or has happened.
//!
//! Each line ends with a checksum over itself and the checksum of the line before, so that a changed,
//! missing or moved line is found. A last line without its end was being written when the writer
//! died; since nothing is done before its line is there in whole, it stands for nothing.
//!
//! ```text
//! {"seq":1,"time":"…","op":"4f…","attempt":1,"event":{"started":{…}},"checksum":"9c1185a5c5e9fc54"}
//! ```

use std::collections::BTreeMap;

use mlinfra_provider_api::{Desired, ObjectId, Observed, OpKey};
use serde::{Deserialize, Serialize};

use super::Intent;
use crate::catalog::text::sha256_hex;

/// Hexadecimal digits of a checksum: 64 bits find any accident.
const CHECKSUM: usize = 16;

/// What stands for the checksum before the first line.
const BEGINNING: &str = "";

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number; the first is 1.
    pub seq: u64,
    /// When, as RFC 3339; for readers, nothing depends on it.
    pub time: String,
    /// The operation that it is about.
    pub op: OpKey,
    /// Which try of that operation.
    pub attempt: u32,
    /// What happens.
    pub event: Event,
}

/// What happens to an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// The provider is about to be called to make or change an object.
    EnsureStarted {
        /// The object's address.
        address: String,
        /// Whose API.
        provider: String,
        /// What it is to be.
        desired: Desired,
        /// What it is for.
        intent: Intent,
    },
    /// The provider is about to be called to delete an object.
    RemoveStarted {
        /// The object's address.
        address: String,
        /// Whose API.
        provider: String,
        /// Which.
        id: ObjectId,
    },
    /// The object is as it is to be, as read back.
    Ensured {
        /// What was read.
        observed: Observed,
    },
    /// The object isn't there any more.
    Removed,
    /// The call certainly had no effect.
    Failed {
        /// The kind of error, by its slug.
        kind: String,
        /// What the provider said.
        message: String,
    },
    /// The provider is about to be called to delete what this run made. The key is one for that.
    UndoStarted {
        /// The object's address.
        address: String,
        /// Whose API.
        provider: String,
        /// Which.
        id: ObjectId,
    },
    /// What this run made isn't there any more; what stood at its address before stands there again.
    UndoFinished,
    /// It is there still.
    UndoFailed {
        /// Why.
        message: String,
    },
}

impl Event {
    /// Whether it begins something whose end must be known.
    #[must_use]
    pub const fn begins(&self) -> bool {
        matches!(
            self,
            Self::EnsureStarted { .. } | Self::RemoveStarted { .. } | Self::UndoStarted { .. }
        )
    }
}

/// A line as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    entry: Entry,
    checksum: String,
}

/// A journal that can't be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// A line isn't what was written.
    #[error("line {line} is damaged")]
    Damaged {
        /// Its number, from 1.
        line: usize,
    },
    /// A line is missing, doubled or at another place.
    #[error("line {line} isn't the one that comes next")]
    OutOfOrder {
        /// Its number, from 1.
        line: usize,
    },
}

/// Makes the lines of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    next: u64,
    checksum: String,
}

impl Default for Journal {
    /// An empty one.
    fn default() -> Self {
        Self {
            next: 1,
            checksum: BEGINNING.to_owned(),
        }
    }
}

impl Journal {
    /// The next line, its end included.
    pub fn line(&mut self, time: &str, op: OpKey, attempt: u32, event: Event) -> String {
        let entry = Entry {
            seq: self.next,
            time: time.to_owned(),
            op,
            attempt,
            event,
        };
        let checksum = checksum(&self.checksum, &entry);
        self.next += 1;
        self.checksum.clone_from(&checksum);
        let line = Line { entry, checksum };
        let mut text = serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn checksum(before: &str, entry: &Entry) -> String {
    let entry = serde_json::to_string(entry).unwrap_or_default();
    let mut sum = sha256_hex(format!("{before}\n{entry}").as_bytes());
    sum.truncate(CHECKSUM);
    sum
}

/// What a journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its lines.
    pub entries: Vec<Entry>,
    /// Bytes of whole lines: what comes after was being written when the writer died.
    pub whole: usize,
    /// Goes on where the last whole line ends.
    pub journal: Journal,
}

/// Reads a journal.
///
/// # Errors
///
/// [`JournalError`] when a whole line was changed, or lines are missing or moved.
pub fn read(text: &[u8]) -> Result<Read, JournalError> {
    let mut read = Read {
        entries: Vec::new(),
        whole: 0,
        journal: Journal::default(),
    };
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let line_number = index + 1;
        let Some(body) = line.strip_suffix(b"\n") else {
            return if is_whole(line) {
                Err(JournalError::Damaged { line: line_number })
            } else {
                Ok(read)
            };
        };
        let damaged = JournalError::Damaged { line: line_number };
        let line_read: Line = serde_json::from_slice(body).map_err(|_| damaged.clone())?;
        let Line { entry, checksum } = line_read;
        if entry.seq != read.journal.next {
            return Err(JournalError::OutOfOrder { line: line_number });
        }
        if checksum != self::checksum(&read.journal.checksum, &entry) {
            return Err(damaged);
        }
        read.journal.next += 1;
        read.journal.checksum = checksum;
        read.whole += line.len();
        read.entries.push(entry);
    }
    Ok(read)
}

/// Whether a last line without its end was written to the end: then it is damaged, and wasn't being
/// written when the writer died.
fn is_whole(line: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<Line>();
    matches!(values.next(), Some(Ok(_))) && values.byte_offset() < line.len()
}

/// How an operation stands by the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was begun, and nothing tells how it ended: the provider must be asked.
    Unknown(Box<Unsettled>),
    /// It ended with this.
    Known(Box<Event>),
}

/// An operation that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Which try.
    pub attempt: u32,
    /// What began.
    pub event: Event,
}

impl Read {
    /// How each operation stands: the last thing that was written of it.
    #[must_use]
    pub fn outcomes(&self) -> BTreeMap<OpKey, Outcome> {
        let mut outcomes = BTreeMap::new();
        for entry in &self.entries {
            let event = entry.event.clone();
            let outcome = if event.begins() {
                Outcome::Unknown(Box::new(Unsettled {
                    attempt: entry.attempt,
                    event,
                }))
            } else {
                Outcome::Known(Box::new(event))
            };
            outcomes.insert(entry.op, outcome);
        }
        outcomes
    }

    /// The operations that the provider must be asked about.
    #[must_use]
    pub fn unsettled(&self) -> BTreeMap<OpKey, Unsettled> {
        let unknown = |(key, outcome)| match outcome {
            Outcome::Unknown(unsettled) => Some((key, *unsettled)),
            Outcome::Known(_) => None,
        };
        self.outcomes().into_iter().filter_map(unknown).collect()
    }
}
