use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mlinfra::store::blobs::{Blob, BlobError, Blobs, Reply, Version, When};

/// Blobs in memory: as `store::blobs::Local`, without waiting for a disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

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
