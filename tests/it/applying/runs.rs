use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use mlinfra::applying::{
    Clock as _, Engine, Failure, Limits, Report, Silent, recover, settle_absent, take_strays,
};
use mlinfra::changes::graph::{Action, Graph, Operation, Remove};
use mlinfra::store::blobs::Blobs;
use mlinfra::store::lease::{Holder, TIME_TO_LIVE};
use mlinfra::store::vault::{Vault, VaultError};
use mlinfra_provider_api::{OpKey, Provider, ProviderErrorKind};

use super::time::{StopAt, Time, run};
use super::world::{Fault, World, key, making};
use crate::blobs::Memory;

/// Opens the state, settles what a dead run left, and carries out a graph.
pub(super) async fn apply(
    blobs: &dyn Blobs,
    world: &dyn Provider,
    time: &Time,
    graph: &Graph,
    stop: u64,
) -> Result<Report, VaultError> {
    let providers: BTreeMap<String, &dyn Provider> = BTreeMap::from([("world".to_owned(), world)]);
    let holder = Holder::default();
    let mut vault = Vault::open(blobs, "p", "abc", holder, time.now()).await?;
    let recovered = recover(&mut vault, &providers, time).await?;
    take_strays(&mut vault, &recovered.strays, time).await?;
    let keys: BTreeSet<OpKey> = graph
        .operations()
        .iter()
        .flat_map(Operation::keys)
        .collect();
    let open = recovered.open.iter().map(|open| open.key);
    let given_up: BTreeSet<OpKey> = open.filter(|key| !keys.contains(key)).collect();
    if !given_up.is_empty() {
        settle_absent(&mut vault, &providers, time, &given_up).await?;
    }
    let engine = Engine {
        providers,
        clock: time,
        stop: &StopAt { time, millis: stop },
        limits: Limits::default(),
    };
    let graph = left(graph, &vault);
    let report = engine.run(&graph, &mut vault, &mut Silent).await?;
    vault.close().await?;
    Ok(report)
}

/// What of a graph isn't in the state yet, with what each then waits for.
fn left(graph: &Graph, vault: &Vault<'_>) -> Graph {
    let there = |operation: &Operation| {
        let made = matches!(operation.action, Action::Ensure(_));
        made == vault.state().objects.contains_key(&operation.address)
    };
    let mut places = Vec::new();
    let mut kept: Vec<Operation> = Vec::new();
    for operation in graph.operations() {
        if there(operation) {
            places.push(None);
            continue;
        }
        places.push(Some(kept.len()));
        let after = operation.after.iter().filter_map(|other| places[*other]);
        kept.push(Operation {
            after: after.collect(),
            ..operation.clone()
        });
    }
    Graph::new(kept).unwrap()
}

struct Stage {
    time: Time,
    blobs: Memory,
}

impl Stage {
    fn new() -> Self {
        Self {
            time: Time::default(),
            blobs: Memory::default(),
        }
    }

    #[track_caller]
    fn apply(&self, world: &World<'_>, graph: &Graph, stop: u64) -> Report {
        run(
            &self.time,
            apply(&self.blobs, world, &self.time, graph, stop),
        )
        .unwrap()
    }

    #[track_caller]
    fn addresses(&self) -> Vec<String> {
        let state = run(&self.time, mlinfra::store::vault::peek(&self.blobs));
        state.unwrap().unwrap().objects.into_keys().collect()
    }
}

const NEVER: u64 = u64::MAX;

#[test]
fn everything_is_made_in_order_and_is_in_the_state() {
    let stage = Stage::new();
    let world = World::new(&stage.time);
    let report = stage.apply(&world, &making(1, 6), NEVER);
    assert_eq!(report.done, [0, 1, 2, 3, 4, 5]);
    assert_eq!(world.all().len(), 6);
    assert_eq!(stage.addresses().len(), 6);
    // Four waves of a call of 0.2 s, and looks after 0.2, 0.6, 1.4 and 3.0 s at what is ready after
    // 2 s: what doesn't wait for another runs beside it.
    assert_eq!(stage.time.millis(), 4 * 3200);
    // Once more: there is nothing left to do, and nothing is called.
    let calls = world.calls();
    assert!(stage.apply(&world, &making(1, 6), NEVER).done.is_empty());
    assert_eq!(world.calls(), calls);
}

#[test]
fn a_zone_without_capacity_is_left_for_the_next_that_the_plan_ranks() {
    let stage = Stage::new();
    let world = World::new(&stage.time);
    world.empty("a");
    let report = stage.apply(&world, &making(1, 2), NEVER);
    assert_eq!(report.done, [0, 1]);
    assert_eq!(world.all(), ["n0 b", "n1 b"]);
}

#[test]
fn where_no_zone_has_capacity_that_is_told_and_nothing_after_it_is_begun() {
    let stage = Stage::new();
    let world = World::new(&stage.time);
    world.empty("a");
    world.empty("b");
    let report = stage.apply(&world, &making(1, 3), NEVER);
    assert_eq!((report.done.len(), &report.not_started), (0, &vec![1, 2]));
    let Failure::Provider(error) = &report.failed[0].failure else {
        panic!("{report:?}");
    };
    assert_eq!(
        error.kind,
        ProviderErrorKind::Capacity { scope: "b".into() }
    );
    assert!(stage.addresses().is_empty());
}

#[test]
fn throttled_and_lost_calls_are_made_again_without_a_double() {
    for fault in [Fault::Throttled, Fault::AnswerLost, Fault::RequestLost] {
        let stage = Stage::new();
        let world = World::new(&stage.time);
        world.go_wrong([fault, fault, Fault::None, fault]);
        let report = stage.apply(&world, &making(1, 3), NEVER);
        assert_eq!(report.done, [0, 1, 2], "{fault:?}");
        assert_eq!(world.all(), ["n0 a", "n1 a", "n2 a"], "{fault:?}");
    }
}

#[test]
fn a_provider_that_always_throttles_is_given_up() {
    let stage = Stage::new();
    let world = World::new(&stage.time);
    world.go_wrong([Fault::Throttled; 100]);
    let report = stage.apply(&world, &making(1, 1), NEVER);
    assert_eq!(report.failed.len(), 1);
    assert_eq!(world.calls(), Limits::default().attempts);
}

#[test]
fn what_is_refused_for_good_is_not_tried_again_and_what_runs_beside_it_ends() {
    let stage = Stage::new();
    let world = World::new(&stage.time);
    // The first is made; of the two after it the first is refused, and the other is under way.
    let refused = Fault::Unauthorized;
    world.go_wrong([Fault::None, Fault::None, refused]);
    let report = stage.apply(&world, &making(1, 6), NEVER);
    assert_eq!(report.failed.len(), 1);
    assert_eq!(report.done.len() + report.not_started.len(), 5);
    let state = stage.addresses();
    assert_eq!(state.len(), world.all().len());
    // Allowed now: the rest is made.
    let report = stage.apply(&world, &making(2, 6), NEVER);
    assert!(report.failed.is_empty());
    assert_eq!(stage.addresses().len(), 6);
    assert_eq!(world.all().len(), 6);
}

#[test]
fn asked_to_stop_it_ends_within_five_seconds_and_the_next_run_settles_the_rest() {
    for stop in (0..9000).step_by(50) {
        let stage = Stage::new();
        let world = World::new(&stage.time);
        let report = stage.apply(&world, &making(1, 6), stop);
        assert!(stage.time.millis() <= stop + 5000, "{stop}");
        assert_eq!(
            report.done.len() + report.left_open.len() + report.not_started.len(),
            6,
            "{stop}"
        );
        stage.apply(&world, &making(2, 6), NEVER);
        assert_eq!(world.all().len(), 6, "{stop}");
        assert_eq!(stage.addresses().len(), 6, "{stop}");
    }
}

#[test]
fn what_is_made_is_removed_and_forgotten() {
    let stage = Stage::new();
    let world = World::new(&stage.time);
    stage.apply(&world, &making(1, 3), NEVER);
    let state = run(&stage.time, mlinfra::store::vault::peek(&stage.blobs));
    let objects = state.unwrap().unwrap().objects.into_iter().enumerate();
    let removing = objects.map(|(n, (address, object))| Operation {
        address,
        action: Action::Remove(Remove {
            provider: object.provider,
            key: key(9, n, 0),
            id: object.id,
        }),
        after: vec![],
    });
    let graph = Graph::new(removing.collect()).unwrap();
    world.go_wrong([Fault::AnswerLost, Fault::Throttled]);
    let report = stage.apply(&world, &graph, NEVER);
    assert_eq!(report.done.len(), 3);
    assert!(world.all().is_empty());
    assert!(stage.addresses().is_empty());
}

#[test]
fn a_run_that_lasts_longer_than_its_lease_keeps_it() {
    let stage = Stage::new();
    let world = World::new(&stage.time);
    // Sixty one after the other take more than two minutes.
    let chain = making(1, 60).operations().to_vec();
    let chain = chain
        .into_iter()
        .enumerate()
        .map(|(n, operation)| Operation {
            after: (0..n).last().into_iter().collect(),
            ..operation
        });
    let graph = Graph::new(chain.collect()).unwrap();
    let report = stage.apply(&world, &graph, NEVER);
    assert_eq!(report.done.len(), 60);
    let taken = SignedDuration::from_millis(stage.time.millis().try_into().unwrap());
    assert!(taken > TIME_TO_LIVE * 2);
}
