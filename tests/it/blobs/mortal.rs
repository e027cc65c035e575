use std::sync::Mutex;

use mlinfra::store::blobs::{Blob, BlobError, Blobs, Reply, Version, When};

/// Blobs whose user dies at one of its writes: that one happens or doesn't, and nothing works after.
pub(crate) struct Mortal<B> {
    blobs: B,
    /// Writes that are left, and whether the last happens.
    left: Mutex<(u32, bool)>,
}

impl<B> Mortal<B> {
    /// Dies at the write of that number, from 1.
    pub(crate) fn new(blobs: B, writes: u32, last_happens: bool) -> Self {
        let left = Mutex::new((writes, last_happens));
        Self { blobs, left }
    }

    fn is_dead(&self) -> bool {
        self.left.lock().unwrap().0 == 0
    }
}

fn dead<T>(name: &str) -> Result<T, BlobError> {
    Err(BlobError::Unknown {
        name: name.into(),
        message: "dead".into(),
    })
}

impl<B: Blobs> Blobs for Mortal<B> {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        if self.is_dead() {
            return Box::pin(async move { dead(name) });
        }
        self.blobs.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        let mut left = self.left.lock().unwrap();
        let (lives, happens) = match *left {
            (0, _) => (false, false),
            (1, happens) => (false, happens),
            _ => (true, true),
        };
        left.0 = left.0.saturating_sub(1);
        drop(left);
        Box::pin(async move {
            if !happens {
                return dead(name);
            }
            let written = self.blobs.put(name, bytes, when).await;
            if lives { written } else { dead(name) }
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        if self.is_dead() {
            return Box::pin(async move { dead(prefix) });
        }
        self.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        if self.is_dead() {
            return Box::pin(async move { dead(name) });
        }
        self.blobs.delete(name)
    }
}
