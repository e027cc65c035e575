//! A sandbox whose calls are counted, a state, and graphs of a few words.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use mlinfra::applying::{Clock as _, Engine, Failure, Limits, Progress, Report};
use mlinfra::changes::graph::{Action, Alternative, Ensure, Graph, OnFailure, Operation, Remove};
use mlinfra::state::{Intent, State};
use mlinfra::store::blobs::Blobs;
use mlinfra::store::lease::Holder;
use mlinfra::store::vault::{Vault, VaultError, peek};
use mlinfra_provider_api::{
    Desired, Manifest, ObjectId, Observed, OpKey, OwnerTag, Provider, ProviderError, Removal, Reply,
};
use mlinfra_provider_sandbox::{Sandbox, Script};
use serde_json::Value;

use super::sandbox::Shared;
use super::time::{StopAt, Time, run};
use super::world::{key, undo};
use crate::blobs::Memory;

pub(super) const NEVER: u64 = u64::MAX;

/// A sandbox whose calls are counted, and take their time.
pub(super) struct Counted {
    pub(super) sandbox: Sandbox,
    time: Arc<Time>,
    calls: Mutex<BTreeMap<&'static str, u32>>,
    /// How long each call takes.
    pub(super) takes: Mutex<Duration>,
}

impl Counted {
    pub(super) fn calls(&self, of: &str) -> u32 {
        let calls = self.calls.lock().unwrap();
        calls.get(of).copied().unwrap_or(0)
    }

    async fn call<T>(&self, of: &'static str, call: Reply<'_, T>) -> Result<T, ProviderError> {
        *self.calls.lock().unwrap().entry(of).or_default() += 1;
        let takes = *self.takes.lock().unwrap();
        self.time.sleep(takes).await;
        call.await
    }
}

impl Provider for Counted {
    fn manifest(&self) -> &Manifest {
        self.sandbox.manifest()
    }

    fn read<'a>(&'a self, id: &'a ObjectId) -> Reply<'a, Option<Observed>> {
        Box::pin(self.call("read", self.sandbox.read(id)))
    }

    fn list<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, Vec<Observed>> {
        Box::pin(self.call("list", self.sandbox.list(owner)))
    }

    fn ensure<'a>(&'a self, key: &'a OpKey, want: &'a Desired) -> Reply<'a, Observed> {
        Box::pin(self.call("ensure", self.sandbox.ensure(key, want)))
    }

    fn remove<'a>(&'a self, key: &'a OpKey, id: &'a ObjectId) -> Reply<'a, Removal> {
        Box::pin(self.call("remove", self.sandbox.remove(key, id)))
    }

    fn adopt<'a>(
        &'a self,
        id: &'a ObjectId,
        owner: &'a OwnerTag,
        name: &'a str,
    ) -> Reply<'a, Observed> {
        Box::pin(self.call("adopt", self.sandbox.adopt(id, owner, name)))
    }
}

pub(super) struct Scene {
    pub(super) time: Arc<Time>,
    pub(super) blobs: Memory,
    pub(super) cloud: Counted,
    pub(super) limits: Limits,
    /// What was told, line by line.
    pub(super) told: Mutex<Vec<String>>,
}

impl Scene {
    pub(super) fn new(script: Value) -> Self {
        let time = Arc::new(Time::default());
        let script: Script = serde_json::from_value(script).unwrap();
        let sandbox = Sandbox::in_memory(script, Arc::new(Shared(Arc::clone(&time))));
        Self {
            cloud: Counted {
                sandbox,
                time: Arc::clone(&time),
                calls: Mutex::default(),
                takes: Mutex::default(),
            },
            blobs: Memory::default(),
            time,
            limits: Limits::default(),
            told: Mutex::default(),
        }
    }

    pub(super) fn providers(&self) -> BTreeMap<String, &dyn Provider> {
        BTreeMap::from([("world".to_owned(), &self.cloud as &dyn Provider)])
    }

    pub(super) async fn open<'b>(&self, blobs: &'b dyn Blobs) -> Vault<'b> {
        let holder = Holder::default();
        let vault = Vault::open(blobs, "p", "abc", holder, self.time.now()).await;
        vault.unwrap()
    }

    /// Carries out a graph, and nothing else.
    pub(super) async fn carried_out(
        &self,
        blobs: &dyn Blobs,
        graph: &Graph,
        stop: u64,
    ) -> Result<Report, VaultError> {
        let holder = Holder::default();
        let mut vault = Vault::open(blobs, "p", "abc", holder, self.time.now()).await?;
        let stop = StopAt {
            time: &self.time,
            millis: stop,
        };
        let engine = Engine {
            providers: self.providers(),
            clock: &*self.time,
            stop: &stop,
            limits: self.limits,
        };
        let mut told = Told {
            lines: &self.told,
            time: &self.time,
        };
        let report = engine.run(graph, &mut vault, &mut told).await?;
        if !report.unsaved {
            vault.close().await?;
        }
        Ok(report)
    }

    #[track_caller]
    pub(super) fn run(&self, operations: Vec<Operation>) -> Report {
        let graph = Graph::new(operations).unwrap();
        run(&self.time, self.carried_out(&self.blobs, &graph, NEVER)).unwrap()
    }

    pub(super) fn state(&self) -> State {
        run(&self.time, peek(&self.blobs)).unwrap().unwrap()
    }

    /// Addresses in the state. What they stand for is there, and nothing else of ours.
    #[track_caller]
    pub(super) fn addresses(&self) -> Vec<String> {
        let state = self.state();
        let mut known: Vec<_> = state.objects.values().map(|o| o.id.clone()).collect();
        let there = self.cloud.sandbox.objects().unwrap().into_iter();
        let ours = there.filter(|object| object.owner == state.owner().ok());
        let mut there: Vec<_> = ours.map(|object| object.id).collect();
        known.sort();
        there.sort();
        assert_eq!(known, there);
        state.objects.into_keys().collect()
    }

    pub(super) fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

struct Told<'t> {
    lines: &'t Mutex<Vec<String>>,
    time: &'t Time,
}

impl Told<'_> {
    fn tell(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }
}

impl Progress for Told<'_> {
    fn started(&mut self, operation: usize, alternative: usize, attempt: u32) {
        self.tell(format!("{operation} starts {alternative}.{attempt}"));
    }

    fn waiting(&mut self, operation: usize, error: &ProviderError, _: Duration, since: Timestamp) {
        let since = self.time.now().duration_since(since).as_millis();
        self.tell(format!("{operation} waits for {since} ms: {error}"));
    }

    fn refused(&mut self, operation: usize, alternative: usize, _: &ProviderError) {
        self.tell(format!("{operation} is refused {alternative}"));
    }

    fn done(&mut self, operation: usize, _: Option<&Observed>) {
        self.tell(format!("{operation} is done"));
    }

    fn failed(&mut self, operation: usize, failure: &Failure) {
        self.tell(format!("{operation} fails: {failure}"));
    }

    fn undoing(&mut self, operation: usize, _: &ObjectId) {
        self.tell(format!("{operation} is being undone"));
    }

    fn undone(&mut self, operation: usize) {
        self.tell(format!("{operation} is undone"));
    }

    fn undo_failed(&mut self, operation: usize, failure: &Failure) {
        self.tell(format!("{operation} isn't undone: {failure}"));
    }
}

/// An operation at a place of a graph that makes an object of stage `s`.
pub(super) fn making(place: usize, address: &str, ways: Vec<Desired>) -> Operation {
    let way = |(rank, desired)| Alternative {
        provider: "world".into(),
        key: key(1, place, rank),
        undo: undo(1, place, rank),
        desired,
        needs: vec![],
        intent: Intent {
            stage: "s".into(),
            alternative: rank,
            ..Intent::default()
        },
    };
    Operation {
        address: address.into(),
        action: Action::Ensure(Ensure {
            alternatives: ways.into_iter().enumerate().map(way).collect(),
            on_demand: false,
            on_failure: OnFailure::Keep,
        }),
        after: vec![],
    }
}

pub(super) fn removing(place: usize, address: &str, id: ObjectId) -> Operation {
    Operation {
        address: address.into(),
        action: Action::Remove(Remove {
            provider: "world".into(),
            key: key(2, place, 0),
            id,
        }),
        after: vec![],
    }
}

/// What a test changes of an operation.
pub(super) trait With {
    fn after(self, after: &[usize]) -> Self;
    fn on_demand(self) -> Self;
    fn or_undo(self) -> Self;
    fn each(self, change: impl Fn(&mut Alternative)) -> Self;
    /// What each alternative needs.
    fn needing(self, needs: &[&[usize]]) -> Self;
}

impl With for Operation {
    fn after(mut self, after: &[usize]) -> Self {
        self.after = after.to_vec();
        self
    }

    fn on_demand(mut self) -> Self {
        ensure(&mut self).on_demand = true;
        self
    }

    fn or_undo(mut self) -> Self {
        ensure(&mut self).on_failure = OnFailure::Undo;
        self
    }

    fn each(mut self, change: impl Fn(&mut Alternative)) -> Self {
        ensure(&mut self).alternatives.iter_mut().for_each(change);
        self
    }

    fn needing(mut self, needs: &[&[usize]]) -> Self {
        let ways = ensure(&mut self).alternatives.iter_mut();
        ways.zip(needs)
            .for_each(|(way, needs)| way.needs = needs.to_vec());
        self
    }
}

fn ensure(operation: &mut Operation) -> &mut Ensure {
    match &mut operation.action {
        Action::Ensure(ensure) => ensure,
        Action::Remove(_) => panic!("it removes"),
    }
}
