use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mlinfra::store::blobs::{Blob, BlobError, Blobs, Reply, Version, When};

/// Blobs in memory: as `store::blobs::Local`, without waiting for a disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Blobs for Memory {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        let bytes = self.0.lock().unwrap().get(name).cloned();
        let blob = bytes.map(|bytes| Blob {
            version: Version::of(&bytes),
            bytes,
        });
        Box::pin(async move { Ok(blob) })
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        Box::pin(async move {
            let mut blobs = self.0.lock().unwrap();
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
        let blobs = self.0.lock().unwrap();
        let names = blobs.keys().filter(|name| name.starts_with(prefix));
        let names = names.cloned().collect();
        Box::pin(async move { Ok(names) })
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.0.lock().unwrap().remove(name);
        Box::pin(async move { Ok(()) })
    }
}

impl Memory {
    /// The same blobs, which nobody can reach after so many writes.
    pub(super) fn after(&self, writes: u32) -> Cut {
        Cut {
            blobs: self.clone(),
            left: Mutex::new(writes),
        }
    }
}

/// Blobs that can't be reached after some writes, as from a process that died.
pub(super) struct Cut {
    blobs: Memory,
    left: Mutex<u32>,
}

impl Blobs for Cut {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        self.blobs.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        let mut left = self.left.lock().unwrap();
        if *left == 0 {
            let (name, message) = (name.to_owned(), "dead".to_owned());
            return Box::pin(async move { Err(BlobError::Failed { name, message }) });
        }
        *left -= 1;
        self.blobs.put(name, bytes, when)
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        self.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.blobs.delete(name)
    }
}
