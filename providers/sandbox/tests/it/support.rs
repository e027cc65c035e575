//! What the tests make objects of.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;

use mlinfra_provider_api::{
    Attributes, Desired, ObjectId, ObjectKind, Observed, OpKey, OwnerTag, Provider as _,
    ProviderError, Removal,
};
use mlinfra_provider_sandbox::{Clock as _, ManualClock, Sandbox, Script};
use serde_json::Value;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
        std::thread::park();
    }
}

pub(crate) fn script(json: &str) -> Script {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn kind(name: &str) -> ObjectKind {
    ObjectKind::new(name).unwrap()
}

pub(crate) fn owner() -> OwnerTag {
    OwnerTag::new("test", "a1b2c3").unwrap()
}

/// A key of a number.
pub(crate) fn key(number: u64) -> OpKey {
    let mut digest = [0xaa; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    OpKey::new(digest)
}

pub(crate) fn attributes(json: &str) -> Attributes {
    serde_json::from_str(json).unwrap()
}

pub(crate) fn desired(kind_name: &str, name: &str, json: &str) -> Desired {
    Desired {
        kind: kind(kind_name),
        scope: "home-1".to_owned(),
        name: name.to_owned(),
        owner: owner(),
        attributes: attributes(json),
    }
}

/// A gang in zone `home-1a`.
pub(crate) fn nodes(name: &str, count: u64, capacity_type: &str) -> Desired {
    let mut want = desired(
        "nodes",
        name,
        r#"{"zone": "home-1a", "instance_type": "g1"}"#,
    );
    want.attributes.insert("count".to_owned(), count.into());
    let capacity_type = Value::from(capacity_type);
    want.attributes
        .insert("capacity_type".to_owned(), capacity_type);
    want
}

/// A sandbox in memory with a clock that stands still.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: ManualClock,
    keys: std::cell::Cell<u64>,
}

impl Bench {
    pub(crate) fn new(script_json: &str) -> Self {
        let clock = ManualClock::default();
        Self {
            sandbox: Sandbox::in_memory(script(script_json), Arc::new(clock.clone())),
            clock,
            keys: std::cell::Cell::new(0),
        }
    }

    /// A key that wasn't used yet.
    pub(crate) fn key(&self) -> OpKey {
        self.keys.set(self.keys.get() + 1);
        key(self.keys.get())
    }

    pub(crate) fn ensure(&self, want: &Desired) -> Result<Observed, ProviderError> {
        self.ensure_by(&self.key(), want)
    }

    pub(crate) fn ensure_by(&self, key: &OpKey, want: &Desired) -> Result<Observed, ProviderError> {
        block_on(self.sandbox.ensure(key, want))
    }

    pub(crate) fn read(&self, id: &ObjectId) -> Option<Observed> {
        block_on(self.sandbox.read(id)).unwrap()
    }

    pub(crate) fn remove(&self, id: &ObjectId) -> Result<Removal, ProviderError> {
        block_on(self.sandbox.remove(&self.key(), id))
    }

    pub(crate) fn pass(&self, ms: u64) {
        self.clock.advance(Duration::from_millis(ms));
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let objects = self.sandbox.objects().unwrap();
        objects.into_iter().map(|object| object.name).collect()
    }
}

/// Numbers that look random and are the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `n`.
    pub(crate) const fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (value ^ (value >> 31)) % n
    }
}
