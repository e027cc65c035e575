//! Named blobs with conditional writes: what state, journal and lease are kept in, wherever that is.
//!
//! All that is asked of a place is that a write can depend on what is there, and that of two such
//! writes one loses and is told so. Object stores offer that, and `local` makes it of files.

mod local;
mod memory;
#[cfg(feature = "object-stores")]
pub mod object;
pub mod sealed;

pub use local::Local;
pub use memory::Memory;
pub use sealed::{SealError, Sealed};

use std::future::Future;
use std::pin::Pin;

use crate::catalog::text::sha256_hex;

/// The future of one call.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, BlobError>> + Send + 'a>>;

/// A place for blobs. Methods may be called concurrently, by other processes too.
pub trait Blobs: Send + Sync {
    /// Reads one; `None` when there is none of that name.
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>>;

    /// Writes one, whole or not at all, and so that it outlasts a crash.
    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version>;

    /// The names that begin like that, sorted.
    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>>;

    /// Removes one; it may be gone already.
    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()>;
}

/// A blob as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Which version that is.
    pub version: Version,
}

/// Tells one content of a blob from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// What the store calls it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a store calls it.
    #[must_use]
    pub fn new(tag: impl Into<String>) -> Self {
        Self(tag.into())
    }

    /// Of a content, where the store has no name for it.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256_hex(bytes))
    }
}

/// What a write depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Nothing.
    Always,
    /// There is none of that name.
    Absent,
    /// It is still this version.
    Is(Version),
}

/// A call that didn't do what it was to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// What the write depends on doesn't hold: somebody else wrote.
    #[error("somebody else has written `{name}` meanwhile")]
    Conflict {
        /// The blob.
        name: String,
    },
    /// The write may have happened or not.
    #[error("there was no answer whether `{name}` was written: {message}")]
    Unknown {
        /// The blob.
        name: String,
        /// What went wrong.
        message: String,
    },
    /// The store doesn't know who asks, or doesn't let them.
    #[error("`{name}` may not be read or written: {message}")]
    Denied {
        /// The blob.
        name: String,
        /// What the store says.
        message: String,
    },
    /// It is encrypted, and can't be read or written with the key that there is, or isn't encrypted.
    #[error("`{name}` {problem}")]
    Sealing {
        /// The blob.
        name: String,
        /// What is wrong.
        problem: SealError,
    },
    /// The call certainly had no effect.
    #[error("can't reach `{name}`: {message}")]
    Failed {
        /// The blob.
        name: String,
        /// What went wrong.
        message: String,
    },
}
