//! The right to write a state, for some time and with a number.
//!
//! One blob tells who holds it. A holder renews it while it works; one that has stopped loses it when
//! its time is over, and whoever takes it over gets a higher number, the *fence*. The new holder
//! first writes its fence into the state, so that a write of the old one, which depends on the
//! version that it knew, fails however late it comes (Kleppmann, "How to do distributed locking").
//! The blob is never deleted: the fence must go on rising.

mod holder;
mod life;

pub use holder::{Holder, host};

use aes_gcm::aead::Generate as _;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::blobs::{BlobError, Blobs, Version, When};

/// The blob's name.
pub const NAME: &str = "lease.json";

/// How long a lease lasts without being renewed. Holders renew it four times as often, and CI systems
/// that freeze a job for longer than this are rare; a dead holder blocks others no longer than this.
pub const TIME_TO_LIVE: SignedDuration = SignedDuration::from_secs(60);

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
    /// The highest serial of the state that is known to have been written: one with a lower was put
    /// there by somebody else.
    #[serde(default)]
    pub serial: u64,
    /// Random, so that two that take the lease at once never write the same.
    #[serde(default)]
    pub nonce: u64,
}

/// A lease that is held here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    lease: Lease,
    version: Version,
    /// The number of the one before, if it gave the lease back.
    ended: Option<u64>,
}

/// A lease that can't be had or isn't held any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeaseError {
    /// Somebody holds it.
    #[error("the lease is held")]
    Held(Box<Lease>),
    /// Nobody holds it under that number; who does, if anybody.
    #[error("nobody holds the lease under that number")]
    NotThat(Option<Box<Lease>>),
    /// Somebody took it over, since it wasn't renewed in time.
    #[error("the lease was lost")]
    Lost,
    /// The system gave no random numbers, by which a lease is told from all others.
    #[error("the system gives no random numbers")]
    NoRandomness,
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
        let (when, before) = match blobs.get(NAME).await? {
            None => (When::Absent, None),
            Some(blob) => {
                let lease = parse(&blob.bytes)?;
                if lease.holder.is_some() && now < lease.expires {
                    return Err(LeaseError::Held(Box::new(lease)));
                }
                (When::Is(blob.version), Some(lease))
            }
        };
        Self::take(blobs, before.as_ref(), &when, holder, now).await
    }

    /// Takes the lease from whoever has it under this number, whether its time is over or not.
    ///
    /// # Errors
    ///
    /// [`LeaseError::NotThat`] when nobody has it, or somebody under another number.
    pub async fn take_from(
        blobs: &dyn Blobs,
        fence: u64,
        holder: Holder,
        now: Timestamp,
    ) -> Result<Self, LeaseError> {
        let Some(blob) = blobs.get(NAME).await? else {
            return Err(LeaseError::NotThat(None));
        };
        let lease = parse(&blob.bytes)?;
        if lease.holder.is_none() || lease.fence != fence {
            let held = lease.holder.is_some().then(|| Box::new(lease));
            return Err(LeaseError::NotThat(held));
        }
        let when = When::Is(blob.version);
        Self::take(blobs, Some(&lease), &when, holder, now).await
    }

    async fn take(
        blobs: &dyn Blobs,
        before: Option<&Lease>,
        when: &When,
        holder: Holder,
        now: Timestamp,
    ) -> Result<Self, LeaseError> {
        let lease = Lease {
            fence: before.map_or(1, |lease| lease.fence.saturating_add(1)),
            renewed: 0,
            holder: Some(holder),
            since: now,
            expires: now + TIME_TO_LIVE,
            serial: before.map_or(0, |lease| lease.serial),
            nonce: nonce()?,
        };
        let ended = before.filter(|lease| lease.holder.is_none());
        let ended = ended.map(|lease| lease.fence);
        let held = |lease, version| Self {
            lease,
            version,
            ended,
        };
        let error = match write(blobs, &lease, when).await {
            Ok(version) => return Ok(held(lease, version)),
            Err(error) => error,
        };
        if let BlobError::Conflict { .. } | BlobError::Unknown { .. } = error {
            // Whose write it was is told by its random number.
            match blobs.get(NAME).await? {
                Some(blob) => match parse(&blob.bytes)? {
                    now if now == lease => return Ok(held(lease, blob.version)),
                    now if Some(&now) == before => {}
                    now if now.holder.is_some() => return Err(LeaseError::Held(Box::new(now))),
                    _ => return Err(LeaseError::Lost),
                },
                None if before.is_none() => {}
                None => return Err(LeaseError::Lost),
            }
        }
        Err(error.into())
    }

    /// Its number.
    #[must_use]
    pub const fn fence(&self) -> u64 {
        self.lease.fence
    }

    /// Who holds it: this process.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.lease.holder.clone().unwrap_or_default()
    }

    /// Whether the holder of that number gave it back, so that it writes no more.
    pub(super) fn ended(&self, fence: u64) -> bool {
        self.ended == Some(fence)
    }

    /// The highest serial that is known to have been written.
    #[must_use]
    pub const fn serial(&self) -> u64 {
        self.lease.serial
    }

    /// Remembers the serial of a state that was written: the next [`Self::renew`] or
    /// [`Self::release`] writes it down.
    pub fn remember(&mut self, serial: u64) {
        self.lease.serial = self.lease.serial.max(serial);
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
    let lease = last(blobs).await?;
    Ok(lease.filter(|lease| lease.holder.is_some()))
}

/// The lease as it was written last, held or given back.
///
/// # Errors
///
/// [`LeaseError`] when it can't be read.
pub async fn last(blobs: &dyn Blobs) -> Result<Option<Lease>, LeaseError> {
    let blob = blobs.get(NAME).await?;
    blob.map(|blob| parse(&blob.bytes)).transpose()
}

async fn write(blobs: &dyn Blobs, lease: &Lease, when: &When) -> Result<Version, BlobError> {
    let mut text = serde_json::to_string_pretty(lease).unwrap_or_default();
    text.push('\n');
    blobs.put(NAME, text.as_bytes(), when).await
}

/// A random number.
fn nonce() -> Result<u64, LeaseError> {
    let bytes = <[u8; 8]>::try_generate();
    let bytes = bytes.map_err(|_| LeaseError::NoRandomness)?;
    Ok(u64::from_le_bytes(bytes))
}

fn parse(bytes: &[u8]) -> Result<Lease, LeaseError> {
    serde_json::from_slice(bytes).map_err(|error| LeaseError::Form(error.to_string()))
}
