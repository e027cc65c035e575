//! What a process reaches: blobs and a cloud that fail, and calls that arrive after their caller died.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mlinfra::applying::Clock as _;
use mlinfra::store::blobs::{Blob, BlobError, Blobs, Reply as BlobReply, Version, When};
use mlinfra_provider_api::{
    Desired, Manifest, ObjectId, Observed, OpKey, OwnerTag, Provider, ProviderError,
    ProviderErrorKind, Removal, Reply,
};
use mlinfra_provider_sandbox::Sandbox;

use super::super::time::Time;
use super::dice::Dice;
use super::life::Life;
use crate::blobs::Memory;

/// What happened how often.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// What all processes of a case share.
pub(super) struct Shared {
    pub(super) time: std::sync::Arc<Time>,
    pub(super) dice: Mutex<Dice>,
    pub(super) counts: Mutex<Counts>,
    /// Calls whose callers died, and when they arrive.
    late: Mutex<Vec<(u64, Call)>>,
    /// Keys of calls of which the caller didn't hear what they did, so that it can't have noted it.
    unheard: Mutex<BTreeSet<OpKey>>,
    /// Times that the state was opened.
    pub(super) opened: AtomicU64,
    /// Calls that change something.
    begun: AtomicU64,
    /// Thousandths of blob writes that go wrong, and of calls that are slow.
    pub(super) trouble: Mutex<u64>,
}

enum Call {
    Ensure(OpKey, Desired),
    Remove(OpKey, ObjectId),
}

impl Shared {
    pub(super) fn new(time: std::sync::Arc<Time>, seed: u64) -> Self {
        Self {
            time,
            dice: Mutex::new(Dice::new(seed ^ 0xc0ff_ee00)),
            counts: Mutex::default(),
            late: Mutex::default(),
            unheard: Mutex::default(),
            opened: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            trouble: Mutex::new(0),
        }
    }

    pub(super) fn count(&self, what: &'static str) {
        *self.counts.lock().unwrap().entry(what).or_default() += 1;
    }

    fn below(&self, end: u64) -> u64 {
        self.dice.lock().unwrap().below(end)
    }

    fn troubled(&self) -> bool {
        let trouble = *self.trouble.lock().unwrap();
        self.below(1000) < trouble
    }

    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Whether what a key made may be known to nobody.
    pub(super) fn is_unheard(&self, key: Option<OpKey>) -> bool {
        key.is_some_and(|key| self.unheard.lock().unwrap().contains(&key))
    }

    fn goes_unheard(&self, call: &Call) {
        if let Call::Ensure(key, _) = call {
            self.unheard.lock().unwrap().insert(*key);
        }
    }

    pub(super) fn is_any_late(&self) -> bool {
        !self.late.lock().unwrap().is_empty()
    }

    /// Lets the calls arrive whose time has come.
    pub(super) fn deliver(&self, sandbox: &Sandbox) {
        let now = self.time.millis();
        let mut late = self.late.lock().unwrap();
        let (due, rest) = std::mem::take(&mut *late)
            .into_iter()
            .partition(|(when, _)| *when <= now);
        *late = rest;
        drop(late);
        let due: Vec<(u64, Call)> = due;
        for (_, call) in due {
            self.count("calls that arrived after their caller's end");
            let mut context = Context::from_waker(Waker::noop());
            match call {
                Call::Ensure(key, want) => {
                    let mut call = sandbox.ensure(&key, &want);
                    assert!(matches!(call.as_mut().poll(&mut context), Poll::Ready(_)));
                }
                Call::Remove(key, id) => {
                    let mut call = sandbox.remove(&key, &id);
                    assert!(matches!(call.as_mut().poll(&mut context), Poll::Ready(_)));
                }
            }
        }
    }
}

/// A call under way: one that is given up may arrive all the same, mostly within seconds.
struct Sent<'s> {
    shared: &'s Shared,
    call: Option<Call>,
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let Some(call) = self.call.take() else {
            return;
        };
        self.shared.goes_unheard(&call);
        if self.shared.below(2) == 0 {
            let longest = if self.shared.below(8) == 0 {
                60_000
            } else {
                5_000
            };
            let when = self.shared.time.millis() + self.shared.below(longest);
            self.shared.late.lock().unwrap().push((when, call));
        }
    }
}

/// The cloud as one process reaches it.
pub(super) struct Reached<'r> {
    pub(super) sandbox: &'r Sandbox,
    pub(super) shared: &'r Shared,
    pub(super) life: &'r Life,
}

impl Reached<'_> {
    async fn call<T>(
        &self,
        call: Option<Call>,
        made: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        if call.is_some() {
            self.shared.begun.fetch_add(1, Ordering::SeqCst);
        }
        let mut sent = Sent {
            shared: self.shared,
            call,
        };
        self.life.moment().await;
        let slow = if self.shared.troubled() { 30_000 } else { 300 };
        let time = self.shared.below(slow);
        self.shared.time.sleep(Duration::from_millis(time)).await;
        self.shared.deliver(self.sandbox);
        let answer = made.await;
        let lost = matches!(&answer, Err(error) if error.kind == ProviderErrorKind::OutcomeUnknown);
        if let Some(call) = sent.call.take()
            && (lost || self.life.froze())
        {
            self.shared.goes_unheard(&call);
        }
        if let Err(error) = &answer {
            self.shared.count(counted(&error.kind));
        }
        let time = self.shared.below(300);
        self.shared.time.sleep(Duration::from_millis(time)).await;
        self.life.moment().await;
        answer
    }
}

fn counted(kind: &ProviderErrorKind) -> &'static str {
    match kind {
        ProviderErrorKind::Throttled { .. } => "throttled calls",
        ProviderErrorKind::Unavailable => "calls that didn't get through",
        ProviderErrorKind::OutcomeUnknown => "lost answers",
        ProviderErrorKind::Capacity { .. } => "refusals for capacity",
        ProviderErrorKind::Quota { .. } => "refusals for a quota",
        ProviderErrorKind::Unauthorized { .. } => "refusals for permissions",
        ProviderErrorKind::Conflict => "conflicts",
        ProviderErrorKind::Invalid { .. } | ProviderErrorKind::Unsupported => "invalid calls",
    }
}

impl Provider for Reached<'_> {
    fn manifest(&self) -> &Manifest {
        self.sandbox.manifest()
    }

    fn read<'a>(&'a self, id: &'a ObjectId) -> Reply<'a, Option<Observed>> {
        Box::pin(self.call(None, self.sandbox.read(id)))
    }

    fn list<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, Vec<Observed>> {
        Box::pin(self.call(None, self.sandbox.list(owner)))
    }

    fn ensure<'a>(&'a self, key: &'a OpKey, want: &'a Desired) -> Reply<'a, Observed> {
        let call = Call::Ensure(*key, want.clone());
        Box::pin(self.call(Some(call), self.sandbox.ensure(key, want)))
    }

    fn remove<'a>(&'a self, key: &'a OpKey, id: &'a ObjectId) -> Reply<'a, Removal> {
        let call = Call::Remove(*key, id.clone());
        Box::pin(self.call(Some(call), self.sandbox.remove(key, id)))
    }

    fn adopt<'a>(
        &'a self,
        id: &'a ObjectId,
        owner: &'a OwnerTag,
        name: &'a str,
    ) -> Reply<'a, Observed> {
        Box::pin(self.call(None, self.sandbox.adopt(id, owner, name)))
    }
}

/// The blobs as one process reaches them.
pub(super) struct Written<'r> {
    pub(super) blobs: &'r Memory,
    pub(super) shared: &'r Shared,
    pub(super) life: &'r Life,
}

impl Blobs for Written<'_> {
    fn get<'a>(&'a self, name: &'a str) -> BlobReply<'a, Option<Blob>> {
        self.blobs.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> BlobReply<'a, Version> {
        Box::pin(async move {
            self.life.moment().await;
            let time = self.shared.below(200);
            self.shared.time.sleep(Duration::from_millis(time)).await;
            let message = "it went wrong".to_owned();
            let name_owned = name.to_owned();
            let trouble = self.shared.troubled().then(|| self.shared.below(4));
            let answer = match trouble {
                Some(0) => {
                    self.shared.count("failed writes");
                    Err(BlobError::Failed {
                        name: name_owned,
                        message,
                    })
                }
                Some(1) => {
                    self.shared.count("writes without an answer");
                    Err(BlobError::Unknown {
                        name: name_owned,
                        message,
                    })
                }
                Some(2) => {
                    self.shared.count("writes without an answer");
                    self.blobs.put(name, bytes, when).await?;
                    Err(BlobError::Unknown {
                        name: name_owned,
                        message,
                    })
                }
                _ => self.blobs.put(name, bytes, when).await,
            };
            self.life.moment().await;
            answer
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BlobReply<'a, Vec<String>> {
        self.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> BlobReply<'a, ()> {
        Box::pin(async move {
            self.life.moment().await;
            self.blobs.delete(name).await
        })
    }
}
