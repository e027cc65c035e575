//! A sandbox with a state, and pools to put into it. Operations are carried out one after another,
//! without an engine, by the sandbox itself: what it refuses is a mistake in the graph.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use mlinfra::changes::change::{Action as Do, Change};
use mlinfra::changes::diff::{DiffOptions, Mode, OpenEnsure, Prior, diff};
use mlinfra::changes::frozen::{Frozen, Inputs, Purpose, freeze};
use mlinfra::changes::graph::{Action, Ensure, Graph, OnFailure};
use mlinfra::changes::reference::{self, Referent};
use mlinfra::changes::wanted::{Manifests, Realm, Wanted, Way};
use mlinfra::diagnostics::Diagnostics;
use mlinfra::state::{Entry, Event, Intent, State, StateObject};
use mlinfra::units::Money;
use mlinfra_provider_api::{
    Attributes, Desired, ObjectId, ObjectKind, OpKey, Provider as _, Removal,
};
use mlinfra_provider_sandbox::{ManualClock, Sandbox, Script};
use serde_json::{Value, json};

/// A pool: what differs between those of the tests.
#[derive(Debug, Clone)]
pub(super) struct Pool {
    pub(super) stage: &'static str,
    pub(super) count: usize,
    pub(super) is_gang: bool,
    /// Region and zone of each way.
    pub(super) ways: Vec<(&'static str, &'static str)>,
    pub(super) user_data: &'static str,
    pub(super) label: &'static str,
    pub(super) create_first: bool,
    pub(super) prevent_destroy: bool,
}

pub(super) const POOL: Pool = Pool {
    stage: "train",
    count: 2,
    is_gang: false,
    ways: Vec::new(),
    user_data: "",
    label: "a",
    create_first: true,
    prevent_destroy: false,
};

/// One in a single zone.
pub(super) fn pool() -> Pool {
    Pool {
        ways: vec![("r1", "r1a")],
        ..POOL
    }
}

impl Pool {
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let mut all: Vec<Wanted> = Vec::new();
        let home = self.ways[0].0;
        let labels = json!({ "l": self.label });
        for (region, _) in &self.ways {
            let suffix = suffix(home, region);
            let address = |what: &str| format!("pool.{}.{what}{suffix}", self.stage);
            if all
                .iter()
                .any(|known| known.address == address("security-group"))
            {
                continue;
            }
            let shared = |what: &str, attributes: Value| {
                let on_demand = !suffix.is_empty();
                self.object(
                    what,
                    address(what),
                    on_demand,
                    vec![way(region, attributes, None)],
                )
            };
            let rules = json!({ "rules": [], "labels": labels });
            all.push(shared("security-group", rules));
            let template = json!({
                "image": "i", "user_data": self.user_data, "disk_gib": 100, "labels": labels,
                "security_groups": [reference::id_of(&address("security-group"))],
            });
            all.push(shared("launch-template", template));
            if self.is_gang {
                let group = json!({ "strategy": "cluster", "labels": labels });
                all.push(shared("placement-group", group));
            }
        }
        let nodes = |what: String, count: usize| {
            let ways = self
                .ways
                .iter()
                .map(|(region, zone)| self.nodes(home, region, zone, count));
            let address = format!("pool.{}.{what}", self.stage);
            self.object("nodes", address, false, ways.collect())
        };
        if self.is_gang {
            all.push(nodes("nodes".into(), self.count));
        } else {
            all.extend((0..self.count).map(|n| nodes(format!("nodes[{n}]"), 1)));
        }
        all
    }

    fn nodes(&self, home: &str, region: &str, zone: &str, count: usize) -> Way {
        let suffix = suffix(home, region);
        let template = format!("pool.{}.launch-template{suffix}", self.stage);
        let mut attributes = json!({
            "zone": zone, "instance_type": "t", "capacity_type": "spot", "count": count,
            "launch_template": reference::id_of(&template),
            "launch_template_version": reference::attribute_of(&template, "version"),
            "labels": { "l": self.label },
        });
        if self.is_gang {
            let group = format!("pool.{}.placement-group{suffix}", self.stage);
            attributes["placement_group"] = reference::id_of(&group);
        }
        way(region, attributes, Some(Money::from_micro_usd(1_000_000)))
    }

    fn object(&self, kind: &str, address: String, on_demand: bool, ways: Vec<Way>) -> Wanted {
        Wanted {
            address,
            stage: self.stage.into(),
            kind: ObjectKind::new(kind).unwrap(),
            on_demand,
            on_failure: OnFailure::Keep,
            create_first: kind != "nodes" || self.create_first,
            prevent_destroy: self.prevent_destroy,
            ways,
            origin: None,
        }
    }
}

fn suffix(home: &str, region: &str) -> String {
    if home == region {
        String::new()
    } else {
        format!("@{region}")
    }
}

fn way(region: &str, attributes: Value, usd_per_hour: Option<Money>) -> Way {
    Way {
        provider: "sandbox".into(),
        scope: region.into(),
        attributes: serde_json::from_value(attributes).unwrap(),
        usd_per_hour,
    }
}

/// All of several pools.
pub(super) fn wanted(pools: &[Pool]) -> Vec<Wanted> {
    pools.iter().flat_map(Pool::wanted).collect()
}

pub(super) fn inputs() -> Inputs {
    Inputs {
        spec_sha256: "5".repeat(64),
        catalogs: BTreeMap::from([("aws@2026-11-01".into(), "c".repeat(64))]),
    }
}

pub(super) struct World {
    pub(super) sandbox: Sandbox,
    pub(super) state: State,
    pub(super) gone: BTreeSet<String>,
    pub(super) open: BTreeMap<String, OpenEnsure>,
    pub(super) options: DiffOptions,
    /// Zones without capacity.
    pub(super) full: BTreeSet<&'static str>,
    seq: u64,
}

impl World {
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        Self {
            sandbox: Sandbox::in_memory(Script::default(), clock),
            state: State::new("p", "lineage"),
            gone: BTreeSet::new(),
            open: BTreeMap::new(),
            options: DiffOptions::default(),
            full: BTreeSet::new(),
            seq: 0,
        }
    }

    /// One to which pools have been applied.
    pub(super) fn with(pools: &[Pool]) -> Self {
        let mut world = Self::new();
        world.apply(&wanted(pools));
        world
    }

    pub(super) fn prior(&self) -> Prior<'_> {
        Prior {
            state: &self.state,
            gone: &self.gone,
            open: &self.open,
        }
    }

    pub(super) fn manifests(&self) -> Manifests<'_> {
        Manifests::from([("sandbox".to_owned(), self.sandbox.manifest())])
    }

    pub(super) fn diff(&self, wanted: &[Wanted]) -> (Vec<Change>, Diagnostics) {
        diff(wanted, &self.prior(), &self.manifests(), &self.options)
    }

    /// What would be done, by address, without what stays.
    pub(super) fn changes(&self, wanted: &[Wanted]) -> Vec<(String, Do, String)> {
        let (changes, _) = self.diff(wanted);
        let changes = changes
            .into_iter()
            .filter(|change| change.action != Do::NoOp);
        let told = |c: Change| (c.address, c.action, c.reason.as_str().to_owned());
        changes.map(told).collect()
    }

    #[track_caller]
    pub(super) fn frozen(&self, wanted: &[Wanted]) -> Frozen {
        let (changes, diagnostics) = self.diff(wanted);
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        let purpose = Purpose {
            project: "p",
            realm: Realm::Sandbox,
            options: &self.options,
            inputs: inputs(),
            plan_sha256: "a".repeat(64),
        };
        let manifests = self.manifests();
        freeze(
            &purpose,
            wanted.to_vec(),
            changes,
            &self.prior(),
            &manifests,
        )
        .unwrap()
    }

    /// Plans and carries out.
    #[track_caller]
    pub(super) fn apply(&mut self, wanted: &[Wanted]) -> Frozen {
        let frozen = self.frozen(wanted);
        let asked = frozen.graph.operations().len();
        assert!(asked > 0 || frozen.changes.iter().all(|c| !c.action.is_something()));
        frozen.settle(&mut self.state);
        self.gone.clear();
        self.carry_out(&frozen.graph, usize::MAX);
        frozen
    }

    #[track_caller]
    pub(super) fn destroy(&mut self) {
        self.options.mode = Mode::Destroy;
        self.apply(&[]);
        self.options.mode = Mode::Apply;
    }

    /// Does the first operations of a graph.
    #[track_caller]
    pub(super) fn carry_out(&mut self, graph: &Graph, most: usize) {
        let mut done = vec![false; graph.operations().len()];
        for (index, operation) in graph.operations().iter().enumerate().take(most) {
            let waits = operation.after.iter().all(|other| done[*other]);
            let lazy = |o: &usize| is_on_demand(&graph.operations()[*o].action);
            assert!(waits || operation.after.iter().any(lazy), "{operation:?}");
            match &operation.action {
                Action::Ensure(ensure) if ensure.on_demand => continue,
                Action::Ensure(ensure) => self.ensure(graph, &operation.address, ensure, &mut done),
                Action::Remove(remove) => {
                    let (address, id) = (operation.address.clone(), remove.id.clone());
                    let provider = remove.provider.clone();
                    let begun = Event::RemoveStarted {
                        address,
                        provider,
                        id,
                    };
                    let gone = now(self.sandbox.remove(&remove.key, &remove.id));
                    let gone = gone.unwrap_or_else(|error| panic!("{error}: {}", remove.id));
                    assert_eq!(gone, Removal::Gone);
                    self.fold(remove.key, [begun, Event::Removed]);
                }
            }
            done[index] = true;
        }
        self.state.serial += 1;
    }

    fn ensure(&mut self, graph: &Graph, address: &str, ensure: &Ensure, done: &mut Vec<bool>) {
        let is_full = |desired: &Desired| {
            let zone = desired.attributes.get("zone").and_then(Value::as_str);
            zone.is_some_and(|zone| self.full.contains(zone))
        };
        let way = ensure
            .alternatives
            .iter()
            .find(|way| !is_full(&way.desired));
        let way = way.expect("some zone has capacity").clone();
        for need in &way.needs {
            if !done[*need] {
                let operation = &graph.operations()[*need];
                let Action::Ensure(needed) = &operation.action else {
                    panic!("{operation:?}");
                };
                self.ensure(graph, &operation.address, needed, done);
                done[*need] = true;
            }
        }
        let mut desired = way.desired.clone();
        desired.attributes = self.resolved(&desired.attributes);
        let observed = now(self.sandbox.ensure(&way.key, &desired)).unwrap();
        let begun = Event::EnsureStarted {
            address: address.to_owned(),
            provider: way.provider,
            desired,
            intent: way.intent,
        };
        self.fold(way.key, [begun, Event::Ensured { observed }]);
    }

    pub(super) fn resolved(&self, attributes: &Attributes) -> Attributes {
        let look = |address: &str| {
            let object = self.state.objects.get(address)?;
            Some(Referent {
                id: &object.id,
                attributes: &object.observed,
            })
        };
        reference::resolve(attributes, &look).unwrap()
    }

    fn fold(&mut self, op: OpKey, events: [Event; 2]) {
        let entries = events.map(|event| {
            self.seq += 1;
            let time = String::new();
            Entry {
                seq: self.seq,
                time,
                op,
                attempt: 1,
                event,
            }
        });
        assert!(self.state.fold(&entries).is_empty());
    }

    /// Puts an object into the state as if it had been made, without the sandbox.
    pub(super) fn adopt(&mut self, wanted: &Wanted) {
        let way = &wanted.ways[0];
        let desired = self.resolved(&way.attributes);
        let mut observed = desired.clone();
        observed.insert("version".into(), 1.into());
        let mut intent = Intent {
            stage: wanted.stage.clone(),
            choice: wanted.choice(&self.manifests()),
            usd_per_hour: way.usd_per_hour,
            ..Intent::default()
        };
        intent.needs = way.needs();
        let object = StateObject {
            provider: way.provider.clone(),
            id: ObjectId {
                kind: wanted.kind.clone(),
                scope: way.scope.clone(),
                id: wanted.address.clone(),
            },
            name: wanted.address.clone(),
            desired,
            observed,
            made_by: OpKey::new([0; 32]),
            tainted: false,
            intent,
        };
        self.state.objects.insert(wanted.address.clone(), object);
    }

    /// How many objects the sandbox has.
    pub(super) fn there(&self) -> usize {
        self.sandbox.objects().unwrap().len()
    }
}

fn is_on_demand(action: &Action) -> bool {
    matches!(action, Action::Ensure(ensure) if ensure.on_demand)
}

/// What a future gives that waits for nothing.
fn now<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the sandbox waits"),
    }
}
