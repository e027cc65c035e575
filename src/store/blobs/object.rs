//! Blobs as objects of S3, Azure Blob Storage or Google Cloud Storage.
//!
//! A write that is repeated can fail on what its first try has written, and look like a conflict with
//! somebody else. So the client repeats nothing by itself, and what is repeated is repeated here:
//! once a try may have had its effect, a conflict tells nothing, and the whole is
//! [`BlobError::Unknown`], which is settled by reading.

mod answer;
mod build;
mod watch;

pub use build::{azure, gcs, s3};

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{
    Error, Extensions, GetOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions,
    UpdateVersion,
};

use self::answer::{Trouble, is_no_bucket};
use self::watch::Seen;
use super::{Blob, BlobError, Blobs, Reply, Version, When};

/// How often something is tried, the first time included, and how long it is waited before the
/// second; each wait is twice the one before it. Together that is six seconds at most, a tenth of
/// what a lease lasts.
const TRIES: u32 = 6;
const WAIT: Duration = Duration::from_millis(200);

/// By what a store tells one content of an object from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// By a tag: S3, Azure.
    Tag,
    /// By a number that rises with each write: Google.
    Generation,
}

/// Objects of a bucket or container, below one folder.
#[derive(Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    names: Names,
    folder: Path,
}

impl Objects {
    fn path(&self, name: &str) -> Path {
        let parts = self.folder.parts().map(|part| part.as_ref().to_owned());
        Path::from_iter(parts.chain(name.split('/').map(str::to_owned)))
    }

    fn version(&self, tag: Option<String>, generation: Option<String>) -> Option<Version> {
        let version = match self.names {
            Names::Tag => tag,
            Names::Generation => generation,
        };
        version.map(Version::new)
    }

    fn mode(&self, when: &When) -> PutMode {
        let version = match when {
            When::Always => return PutMode::Overwrite,
            When::Absent => return PutMode::Create,
            When::Is(version) => Some(version.as_str().to_owned()),
        };
        PutMode::Update(match self.names {
            Names::Tag => UpdateVersion {
                e_tag: version,
                version: None,
            },
            Names::Generation => UpdateVersion {
                e_tag: None,
                version,
            },
        })
    }

    async fn read(&self, name: &str) -> Result<Option<Blob>, Trouble> {
        let (seen, extensions) = watched();
        let options = GetOptions {
            extensions,
            ..GetOptions::default()
        };
        let trouble = |error: &Error| Trouble::of_read(seen.call(), error);
        let got = match self.store.get_opts(&self.path(name), options).await {
            Ok(got) => got,
            // A bucket that isn't there must not pass for a state that isn't.
            Err(Error::NotFound { source, .. }) if !is_no_bucket(&source.to_string()) => {
                return Ok(None);
            }
            Err(error) => return Err(trouble(&error)),
        };
        let (tag, generation) = (got.meta.e_tag.clone(), got.meta.version.clone());
        let version = self.version(tag, generation).ok_or_else(Trouble::unnamed)?;
        let bytes = got.bytes().await.map_err(|error| trouble(&error))?.to_vec();
        Ok(Some(Blob { bytes, version }))
    }

    async fn write(&self, name: &str, bytes: &[u8], when: &When) -> Result<Version, Trouble> {
        let (seen, extensions) = watched();
        let options = PutOptions {
            mode: self.mode(when),
            extensions,
            ..PutOptions::default()
        };
        let payload = bytes.to_vec().into();
        match self
            .store
            .put_opts(&self.path(name), payload, options)
            .await
        {
            Ok(put) => {
                let version = self.version(put.e_tag, put.version);
                version.ok_or_else(Trouble::unnamed)
            }
            Err(error) => Err(Trouble::of_write(seen.call(), when, &error)),
        }
    }

    /// Writes, again where that can help. A conflict after a try that may have had its effect tells
    /// nothing.
    async fn written(&self, name: &str, bytes: &[u8], when: &When) -> Result<Version, BlobError> {
        let (mut attempt, mut unsure) = (0, false);
        loop {
            let trouble = match self.write(name, bytes, when).await {
                Ok(version) => return Ok(version),
                Err(trouble) => trouble,
            };
            attempt += 1;
            if attempt == TRIES || !trouble.may_be_repeated() {
                return Err(trouble.told(name, unsure));
            }
            unsure |= trouble.may_have_effect();
            tokio::time::sleep(wait(attempt)).await;
        }
    }

    async fn names(&self, prefix: &str) -> Result<Vec<String>, Trouble> {
        // Stores are asked for whole folders; what begins otherwise is left out here.
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let within = if folder.is_empty() {
            self.folder.clone()
        } else {
            self.path(folder)
        };
        let all: Result<Vec<_>, Error> = self.store.list(Some(&within)).try_collect().await;
        let all = all.map_err(|error| Trouble::of_any(&error))?;
        let name = |path: &Path| {
            let parts = path.prefix_match(&self.folder)?;
            let parts: Vec<String> = parts.map(|part| part.as_ref().to_owned()).collect();
            Some(parts.join("/"))
        };
        let names = all.iter().filter_map(|object| name(&object.location));
        let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort_unstable();
        Ok(names)
    }

    async fn remove(&self, name: &str) -> Result<(), Trouble> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) => Ok(()),
            Err(Error::NotFound { source, .. }) if !is_no_bucket(&source.to_string()) => Ok(()),
            Err(error) => Err(Trouble::of_any(&error)),
        }
    }
}

/// What sees how a call went, and what a call must carry for that.
fn watched() -> (Seen, Extensions) {
    let seen = Seen::default();
    let mut extensions = Extensions::new();
    extensions.insert(seen.clone());
    (seen, extensions)
}

/// How long to wait after so many tries.
fn wait(attempts: u32) -> Duration {
    WAIT.saturating_mul(1 << attempts.saturating_sub(1).min(8))
}

/// One try.
type Try<'t, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 't>>;

/// Asks until there is an answer that asking again wouldn't change.
async fn asked<'t, T>(
    name: &str,
    ask: impl Fn() -> Try<'t, T> + Send + 't,
) -> Result<T, BlobError> {
    let mut attempt = 0;
    loop {
        let trouble = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(trouble) => trouble,
        };
        attempt += 1;
        if attempt == TRIES || !trouble.may_be_repeated() {
            return Err(trouble.told_of_read(name));
        }
        tokio::time::sleep(wait(attempt)).await;
    }
}

impl Blobs for Objects {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        Box::pin(asked(name, || Box::pin(self.read(name))))
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        Box::pin(self.written(name, bytes, when))
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        Box::pin(asked(prefix, || Box::pin(self.names(prefix))))
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        Box::pin(asked(name, || Box::pin(self.remove(name))))
    }
}
