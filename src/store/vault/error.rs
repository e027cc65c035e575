use super::super::blobs::BlobError;
use super::super::lease::LeaseError;
use crate::state::{JournalError, StateError};

/// A state that can't be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Somebody else holds it, or took it over.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// The state is damaged, or a later program's.
    #[error("`{name}` can't be used")]
    State {
        /// The blob.
        name: String,
        /// What is wrong with it.
        source: StateError,
    },
    /// The journal is damaged.
    #[error("the journal of the last run can't be used")]
    Journal {
        /// The segment that is damaged.
        name: String,
        /// The line in it, from 1.
        line: usize,
        /// What is wrong with it.
        source: JournalError,
    },
    /// It is the state of another project, or was made anew meanwhile.
    #[error("the state is of project `{found}`")]
    OtherProject {
        /// Whose it is.
        found: String,
    },
    /// The state that is there is older than one that was written before.
    #[error("the state has serial {found}, and serial {expected} was written")]
    RolledBack {
        /// Its serial; 0 when there is none.
        found: u64,
        /// The highest that is known to have been written.
        expected: u64,
    },
    /// What is to be put in its place is another state than a later one of this.
    #[error("it is of lineage `{found}`, and the state is of `{expected}`")]
    OtherLineage {
        /// The lineage of what is to be put there.
        found: String,
        /// That of what is there.
        expected: String,
    },
    /// What is to be put in its place is older.
    #[error("it has serial {found}, and the state has {expected}")]
    Older {
        /// The serial of what is to be put there.
        found: u64,
        /// That of what is there.
        expected: u64,
    },
    /// What is to be put in its place has the same serial and says something else.
    #[error("it has serial {serial}, as the state has, and differs from it")]
    Diverged {
        /// The serial.
        serial: u64,
    },
    /// The place can't be read or written.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}
