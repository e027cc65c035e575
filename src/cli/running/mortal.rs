//! Dies at a chosen write of state or journal, for the tests that kill the program at each of them.
//! Only in builds for tests.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::blobs::{Blob, Blobs, Reply, Version, When};

/// `7` dies before the seventh write, `7+` after it.
pub(super) const VARIABLE: &str = "MLINFRA_TEST_DIE_AT";

/// A place for blobs whose user dies.
pub(super) struct Mortal {
    blobs: Box<dyn Blobs>,
    at: u64,
    after: bool,
    writes: AtomicU64,
}

impl Mortal {
    /// Wraps a place if the variable says so.
    pub(super) fn wrap(blobs: Box<dyn Blobs>, variable: Option<&str>) -> Box<dyn Blobs> {
        let Some(text) = variable else { return blobs };
        let (number, after) = match text.strip_suffix('+') {
            Some(number) => (number, true),
            None => (text, false),
        };
        let Ok(at) = number.parse() else { return blobs };
        Box::new(Self {
            blobs,
            at,
            after,
            writes: AtomicU64::new(0),
        })
    }
}

impl Blobs for Mortal {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        self.blobs.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        Box::pin(async move {
            let dies = self.writes.fetch_add(1, Ordering::SeqCst) + 1 == self.at;
            if dies && !self.after {
                std::process::abort();
            }
            let written = self.blobs.put(name, bytes, when).await;
            if dies {
                std::process::abort();
            }
            written
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        self.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.blobs.delete(name)
    }
}
