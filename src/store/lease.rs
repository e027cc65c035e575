//! The right to write a state, for some time and with a number.
//!
//! One blob tells who holds it. A holder renews it while it works; one that has stopped loses it when
//! its time is over, and whoever takes it over gets a higher number, the *fence*. The new holder
//! first writes its fence into the state, so that a write of the old one, which depends on the
//! version that it knew, fails however late it comes (Kleppmann, "How to do distributed locking").
//! The blob is never deleted: the fence must go on rising.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::blobs::{BlobError, Blobs, Version, When};

/// The blob's name.
const NAME: &str = "lease.json";

/// How long a lease lasts without being renewed. Holders renew it four times as often, and CI systems
/// that freeze a job for longer than this are rare; a dead holder blocks others no longer than this.
pub const TIME_TO_LIVE: SignedDuration = SignedDuration::from_secs(60);

/// Who holds a lease: for people, nothing is decided by it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user's name.
    pub who: String,
    /// The machine.
    pub host: String,
    /// The process there.
    pub process: u32,
    /// The CI job, if it is one.
    pub job: Option<String>,
    /// What it does: `apply`, `destroy`.
    pub command: String,
}

/// A lease as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Rises with every holder.
    pub fence: u64,
    /// Rises with every write of the same holder.
    pub renewed: u64,
    /// `None` when it was given back.
    pub holder: Option<Holder>,
    /// Since when it is held.
    pub since: Timestamp,
    /// From when on anybody may take it over.
    pub expires: Timestamp,
}

/// A lease that is held here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    lease: Lease,
    version: Version,
}

/// A lease that can't be had or isn't held any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// Somebody holds it.
    #[error("the lease is held")]
    Held(Box<Lease>),
    /// Somebody took it over, since it wasn't renewed in time.
    #[error("the lease was lost")]
    Lost,
    /// The blob isn't a lease.
    #[error("the lease's file isn't one: {0}")]
    Form(String),
    /// The place can't be read or written.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl Held {
    /// Takes the lease if nobody has it.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Held`] when somebody has it and its time isn't over.
    pub async fn acquire(
        blobs: &dyn Blobs,
        holder: Holder,
        now: Timestamp,
    ) -> Result<Self, LeaseError> {
        let (when, fence) = match blobs.get(NAME).await? {
            None => (When::Absent, 1),
            Some(blob) => {
                let lease = parse(&blob.bytes)?;
                if lease.holder.is_some() && now < lease.expires {
                    return Err(LeaseError::Held(Box::new(lease)));
                }
                (When::Is(blob.version), lease.fence + 1)
            }
        };
        let lease = Lease {
            fence,
            renewed: 0,
            holder: Some(holder),
            since: now,
            expires: now + TIME_TO_LIVE,
        };
        match write(blobs, &lease, &when).await {
            Ok(version) => Ok(Self { lease, version }),
            Err(BlobError::Conflict { .. }) => match blobs.get(NAME).await? {
                Some(blob) => Err(LeaseError::Held(Box::new(parse(&blob.bytes)?))),
                None => Err(LeaseError::Lost),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn fence(&self) -> u64 {
        self.lease.fence
    }

    /// Whether its time is over, so that somebody else may have it.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.lease.expires
    }

    /// Makes it last from now on.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Lost`] when somebody else has taken it.
    pub async fn renew(&mut self, blobs: &dyn Blobs, now: Timestamp) -> Result<(), LeaseError> {
        let lease = Lease {
            renewed: self.lease.renewed + 1,
            expires: now + TIME_TO_LIVE,
            ..self.lease.clone()
        };
        self.version = self.written(blobs, &lease).await?;
        self.lease = lease;
        Ok(())
    }

    /// Gives it back.
    ///
    /// # Errors
    ///
    /// [`LeaseError::Lost`] when somebody else has taken it: there is nothing left to give back.
    pub async fn release(self, blobs: &dyn Blobs) -> Result<(), LeaseError> {
        let lease = Lease {
            holder: None,
            renewed: self.lease.renewed + 1,
            ..self.lease.clone()
        };
        self.written(blobs, &lease).await.map(drop)
    }

    async fn written(&self, blobs: &dyn Blobs, lease: &Lease) -> Result<Version, LeaseError> {
        let when = When::Is(self.version.clone());
        match write(blobs, lease, &when).await {
            Ok(version) => Ok(version),
            Err(BlobError::Conflict { .. }) => Err(LeaseError::Lost),
            // What was written tells itself: every write of a lease is different from all others.
            Err(error @ BlobError::Unknown { .. }) => match blobs.get(NAME).await? {
                Some(blob) if parse(&blob.bytes)? == *lease => Ok(blob.version),
                Some(blob) if blob.version == self.version => Err(error.into()),
                _ => Err(LeaseError::Lost),
            },
            Err(error) => Err(error.into()),
        }
    }
}

/// Who holds the lease; `None` when nobody does.
///
/// # Errors
///
/// [`LeaseError`] when it can't be read.
pub async fn current(blobs: &dyn Blobs) -> Result<Option<Lease>, LeaseError> {
    let Some(blob) = blobs.get(NAME).await? else {
        return Ok(None);
    };
    Ok(Some(parse(&blob.bytes)?).filter(|lease| lease.holder.is_some()))
}

async fn write(blobs: &dyn Blobs, lease: &Lease, when: &When) -> Result<Version, BlobError> {
    let mut text = serde_json::to_string_pretty(lease).unwrap_or_default();
    text.push('\n');
    blobs.put(NAME, text.as_bytes(), when).await
}

fn parse(bytes: &[u8]) -> Result<Lease, LeaseError> {
    serde_json::from_slice(bytes).map_err(|error| LeaseError::Form(error.to_string()))
}
