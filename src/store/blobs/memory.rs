//! Blobs that are gone with the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Blob, BlobError, Blobs, Reply, Version, When};

/// Blobs in memory: what a plan changes when it finds out what became of an interrupted run, and a
/// place for tests that wait for no disk.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Memory {
    /// A copy of what another place has under names that begin like one of these.
    ///
    /// # Errors
    ///
    /// [`BlobError`] when it can't be read.
    pub async fn copy_of(blobs: &dyn Blobs, prefixes: &[&str]) -> Result<Self, BlobError> {
        let copy = Self::default();
        for prefix in prefixes {
            for name in blobs.list(prefix).await? {
                // One that was deleted since it was listed isn't there.
                if let Some(blob) = blobs.get(&name).await? {
                    copy.inner().insert(name, blob.bytes);
                }
            }
        }
        Ok(copy)
    }

    fn inner(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blobs for Memory {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        let bytes = self.inner().get(name).cloned();
        let blob = bytes.map(|bytes| Blob {
            version: Version::of(&bytes),
            bytes,
        });
        Box::pin(async move { Ok(blob) })
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        Box::pin(async move {
            let mut blobs = self.inner();
            let now = blobs.get(name).map(|bytes| Version::of(bytes));
            let holds = match when {
                When::Always => true,
                When::Absent => now.is_none(),
                When::Is(version) => now.as_ref() == Some(version),
            };
            if !holds {
                let name = name.to_owned();
                return Err(BlobError::Conflict { name });
            }
            blobs.insert(name.to_owned(), bytes.to_vec());
            Ok(Version::of(bytes))
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        let blobs = self.inner();
        let names = blobs.keys().filter(|name| name.starts_with(prefix));
        let names = names.cloned().collect();
        Box::pin(async move { Ok(names) })
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.inner().remove(name);
        Box::pin(async move { Ok(()) })
    }
}
