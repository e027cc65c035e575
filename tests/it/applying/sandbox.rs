//! The engine against the sandbox: gangs, capacity and faults by a script, a run's whole life.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mlinfra::applying::{Clock as _, Report};
use mlinfra::changes::graph::{Action, Alternative, Ensure, Graph, OnFailure, Operation, Remove};
use mlinfra::state::Intent;
use mlinfra::store::vault::peek;
use mlinfra_provider_api::{Attributes, Desired, ObjectKind, Observed};
use mlinfra_provider_sandbox::{Clock, Sandbox, Script};
use serde_json::json;

use super::runs::apply;
use super::time::{Time, run};
use super::world::{key, owner, undo};
use crate::blobs::Memory;

/// The tests' time as the sandbox knows it.
pub(super) struct Shared(pub(super) Arc<Time>);

impl Clock for Shared {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.millis())
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let shared = Arc::clone(&self.0);
        Box::pin(async move { shared.sleep(time).await })
    }
}

pub(super) fn desired(kind: &str, name: &str, attributes: serde_json::Value) -> Desired {
    let attributes: Attributes = serde_json::from_value(attributes).unwrap();
    Desired {
        kind: ObjectKind::new(kind).unwrap(),
        scope: "us-east-1".into(),
        name: name.into(),
        owner: owner(),
        attributes,
    }
}

fn gang(zone: &str, capacity_type: &str) -> Desired {
    let attributes = json!({
        "zone": zone, "instance_type": "p4d.24xlarge", "capacity_type": capacity_type, "count": 4,
    });
    desired("nodes", "p-train", attributes)
}

fn operation(
    plan: u8,
    place: usize,
    address: &str,
    ways: Vec<Desired>,
    after: Vec<usize>,
) -> Operation {
    let way = |(alternative, desired)| Alternative {
        provider: "world".into(),
        key: key(plan, place, alternative),
        undo: undo(plan, place, alternative),
        desired,
        needs: vec![],
        intent: Intent::default(),
    };
    Operation {
        address: address.into(),
        action: Action::Ensure(Ensure {
            alternatives: ways.into_iter().enumerate().map(way).collect(),
            on_demand: false,
            on_failure: OnFailure::Keep,
        }),
        after,
    }
}

/// A network, a disk, and four nodes that are useful only together: spot in one zone, or else in
/// another, or else on demand.
fn graph(plan: u8) -> Graph {
    let network = desired("network", "p-net", json!({"cidr": "10.0.0.0/16"}));
    let volume = desired(
        "volume",
        "p-data",
        json!({"zone": "use1-az1", "size_gib": 100}),
    );
    let gangs = vec![
        gang("use1-az1", "spot"),
        gang("use1-az2", "spot"),
        gang("use1-az1", "on-demand"),
    ];
    Graph::new(vec![
        operation(plan, 0, "network.p", vec![network], vec![]),
        operation(plan, 1, "volume.data", vec![volume], vec![]),
        operation(plan, 2, "pool.train", gangs, vec![0, 1]),
    ])
    .unwrap()
}

struct Stage {
    time: Arc<Time>,
    blobs: Memory,
    sandbox: Sandbox,
}

impl Stage {
    fn new(script: serde_json::Value) -> Self {
        let time = Arc::new(Time::default());
        let script: Script = serde_json::from_value(script).unwrap();
        let clock = Arc::new(Shared(Arc::clone(&time)));
        Self {
            sandbox: Sandbox::in_memory(script, clock),
            blobs: Memory::default(),
            time,
        }
    }

    #[track_caller]
    fn apply(&self, graph: &Graph) -> Report {
        let applied = apply(&self.blobs, &self.sandbox, &self.time, graph, u64::MAX);
        run(&self.time, applied).unwrap()
    }

    fn objects(&self) -> BTreeMap<String, Observed> {
        let objects = self.sandbox.objects().unwrap().into_iter();
        objects
            .map(|object| (object.name.clone(), object))
            .collect()
    }

    /// The state has what the sandbox has, and nothing else.
    #[track_caller]
    fn agrees(&self) {
        let state = run(&self.time, peek(&self.blobs)).unwrap().unwrap();
        let mut known: Vec<_> = state
            .objects
            .into_values()
            .map(|object| object.id)
            .collect();
        let objects = self.sandbox.objects().unwrap().into_iter();
        let mut there: Vec<_> = objects.map(|object| object.id).collect();
        known.sort();
        there.sort();
        assert_eq!(known, there);
    }
}

#[test]
fn a_gang_moves_whole_to_where_there_is_capacity_for_all_of_it() {
    let stage = Stage::new(json!({
        "latency": {"nodes": {"create_ms": 90_000}},
        "capacity": [{"zone": "use1-az1", "capacity_type": "spot", "nodes": 3}],
    }));
    let report = stage.apply(&graph(1));
    assert_eq!(report.done, [0, 1, 2]);
    let gang = &stage.objects()["p-train"];
    assert_eq!(gang.attributes["zone"], "use1-az2");
    assert_eq!(gang.attributes["node_ids"].as_array().unwrap().len(), 4);
    stage.agrees();
}

#[test]
fn where_spot_is_nowhere_to_be_had_the_gang_is_bought_on_demand() {
    let stage = Stage::new(json!({
        "capacity": [
            {"zone": "use1-az1", "capacity_type": "spot", "nodes": 3},
            {"zone": "use1-az2", "capacity_type": "spot", "nodes": 0},
        ],
    }));
    assert_eq!(stage.apply(&graph(1)).done, [0, 1, 2]);
    assert_eq!(
        stage.objects()["p-train"].attributes["capacity_type"],
        "on-demand"
    );
    stage.agrees();
}

#[test]
fn whatever_answers_are_lost_and_calls_refused_there_is_one_of_each_and_then_none() {
    for seed in 0..200 {
        let stage = Stage::new(json!({
            "seed": seed,
            "latency": {"nodes": {"create_ms": 5000, "remove_ms": 5000}},
            "faults": [
                {"operation": "ensure", "when": {"per-mille": 250}, "fault": "lose-answer"},
                {"operation": "ensure", "when": {"per-mille": 200},
                 "fault": {"error": {"throttled": {"retry_after_ms": 700}}}},
                {"operation": "remove", "when": {"per-mille": 250}, "fault": "lose-answer"},
                {"operation": "read", "when": {"per-mille": 100}, "fault": {"error": "unavailable"}},
                {"operation": "list", "when": {"per-mille": 200}, "fault": {"error": "unavailable"}},
            ],
        }));
        let report = stage.apply(&graph(1));
        assert_eq!(report.done, [0, 1, 2], "seed {seed}: {report:?}");
        assert_eq!(stage.objects().len(), 3, "seed {seed}");
        stage.agrees();
        let state = run(&stage.time, peek(&stage.blobs)).unwrap().unwrap();
        // Last what was made first: the network is in use as long as anything is in it.
        let objects = state.objects.into_iter().rev().enumerate();
        let removing = objects.map(|(place, (address, object))| Operation {
            address,
            action: Action::Remove(Remove {
                provider: object.provider,
                key: key(9, place, 0),
                id: object.id,
            }),
            after: (0..place).collect(),
        });
        let report = stage.apply(&Graph::new(removing.collect()).unwrap());
        assert_eq!(report.done.len(), 3, "seed {seed}: {report:?}");
        assert!(stage.objects().is_empty(), "seed {seed}");
        stage.agrees();
    }
}

#[test]
fn nodes_that_break_are_told_and_kept_for_who_decides() {
    let broken = json!({"break": {"after_ms": 1000, "reason": "no driver"}});
    let stage = Stage::new(json!({
        "latency": {"nodes": {"create_ms": 5000}},
        "faults": [{"kind": "nodes", "operation": "ensure", "fault": broken}],
    }));
    let report = stage.apply(&graph(1));
    assert_eq!(report.failed.len(), 1);
    assert_eq!(
        report.failed[0].failure.to_string(),
        "it was made and failed: no driver"
    );
    assert_eq!(stage.objects().len(), 3);
    // The next run finds them, and knows that they must be made anew.
    let report = stage.apply(&Graph::default());
    assert!(report.failed.is_empty());
    stage.agrees();
    let state = run(&stage.time, peek(&stage.blobs)).unwrap().unwrap();
    let tainted = state.objects.iter().filter(|(_, object)| object.tainted);
    let tainted: Vec<&str> = tainted.map(|(address, _)| address.as_str()).collect();
    assert_eq!(tainted, ["pool.train"]);
}
