//! What holds for any pools, whatever was there before.

use std::collections::BTreeSet;

use mlinfra::changes::frozen::Frozen;
use mlinfra::changes::graph::{Action, Graph, Operation};
use proptest::prelude::*;

use super::world::{Pool, World, pool, wanted};

const WAYS: [(&str, &str); 5] = [
    ("r1", "r1a"),
    ("r1", "r1b"),
    ("r2", "r2a"),
    ("r2", "r2b"),
    ("r3", "r3a"),
];

fn pools() -> impl Strategy<Value = Vec<Pool>> {
    let ways = prop::sample::subsequence(WAYS.to_vec(), 1..4).prop_shuffle();
    let text = || prop::sample::select(vec!["", "a", "b"]);
    let any = (
        1..4_usize,
        any::<bool>(),
        ways,
        text(),
        text(),
        any::<bool>(),
    );
    let any = any.prop_map(
        |(count, is_gang, ways, user_data, label, create_first)| Pool {
            count,
            is_gang,
            ways,
            user_data,
            label,
            create_first,
            ..pool()
        },
    );
    prop::collection::vec(any, 0..3).prop_map(|mut pools| {
        for (pool, stage) in pools.iter_mut().zip(["prepare", "train", "serve"]) {
            pool.stage = stage;
        }
        pools
    })
}

/// The zones that have no capacity: never all that a pool may be in.
fn full(pools: &[Pool], zones: &[&'static str]) -> BTreeSet<&'static str> {
    let full: BTreeSet<&str> = zones.iter().copied().collect();
    let stuck = |pool: &Pool| pool.ways.iter().all(|(_, zone)| full.contains(zone));
    if pools.iter().any(stuck) {
        return BTreeSet::new();
    }
    full
}

/// Graphs are checked by `Graph::new`, whose mistakes `freeze` would turn into an empty graph.
fn check_graph(frozen: &Frozen) -> Result<(), TestCaseError> {
    let operations = frozen.graph.operations().to_vec();
    let asks = frozen.changes.iter().any(|change| {
        use mlinfra::changes::change::Action as Do;
        !matches!(change.action, Do::NoOp | Do::Forget)
    });
    prop_assert_eq!(asks, !operations.is_empty());
    prop_assert_eq!(Graph::new(operations.clone()), Ok(frozen.graph.clone()));
    let names = operations.iter().flat_map(names);
    for name in names {
        prop_assert!(name.len() <= 60, "{}", name);
    }
    Ok(())
}

fn names(operation: &Operation) -> Vec<String> {
    match &operation.action {
        Action::Ensure(ensure) => ensure
            .alternatives
            .iter()
            .map(|way| way.desired.name.clone())
            .collect(),
        Action::Remove(_) => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever was there, and wherever there is no capacity: what is applied is there, and a second
    /// plan has nothing to do but to clear away what only a choice that was given up needed.
    #[test]
    fn what_was_applied_is_as_planned(
        before in pools(),
        after in pools(),
        zones in prop::collection::vec(prop::sample::select(vec!["r1a", "r1b", "r2a", "r2b", "r3a"]), 0..3),
    ) {
        let mut world = World::new();
        world.full = full(&before, &zones);
        world.apply(&wanted(&before));
        world.full = full(&after, &zones);
        let frozen = world.apply(&wanted(&after));
        check_graph(&frozen)?;
        let left = world.changes(&wanted(&after));
        prop_assert!(left.iter().all(|(address, ..)| address.contains('@')), "{left:?}");
        world.apply(&wanted(&after));
        prop_assert_eq!(world.changes(&wanted(&after)), vec![]);
        prop_assert_eq!(world.there(), world.state.objects.len());
        prop_assert!(world.state.deposed.is_empty());
    }

    #[test]
    fn what_is_destroyed_leaves_nothing(
        before in pools(),
        after in pools(),
        steps in 0..20_usize,
    ) {
        let mut world = World::with(&before);
        // A run that ended in the middle.
        let frozen = world.frozen(&wanted(&after));
        world.carry_out(&frozen.graph, steps);
        world.destroy();
        prop_assert_eq!(world.there(), 0);
        prop_assert!(world.state.objects.is_empty() && world.state.deposed.is_empty());
    }

    #[test]
    fn a_run_that_ended_in_the_middle_is_gone_on_with(
        before in pools(),
        after in pools(),
        steps in 0..20_usize,
    ) {
        let mut world = World::with(&before);
        let frozen = world.frozen(&wanted(&after));
        world.carry_out(&frozen.graph, steps);
        world.options = frozen.resumed();
        world.apply(&frozen.wanted);
        world.apply(&frozen.wanted);
        prop_assert_eq!(world.changes(&wanted(&after)), vec![]);
        prop_assert_eq!(world.there(), world.state.objects.len());
    }

    /// In whatever order the objects come.
    #[test]
    fn equal_inputs_give_equal_plans(before in pools(), after in pools(), turn in 0..9_usize) {
        let world = World::with(&before);
        let straight = wanted(&after);
        let mut turned = straight.clone();
        turned.reverse();
        if !turned.is_empty() {
            let middle = turn % turned.len();
            turned.rotate_left(middle);
        }
        let (one, other) = (world.frozen(&straight), world.frozen(&turned));
        prop_assert_eq!(one.to_json().to_string(), other.to_json().to_string());
    }

    #[test]
    fn a_frozen_plan_is_read_back_as_it_was(before in pools(), after in pools()) {
        let world = World::with(&before);
        let frozen = world.frozen(&wanted(&after));
        let text = frozen.to_json().to_string();
        let read = Frozen::from_json(&serde_json::from_str(&text).unwrap()).unwrap();
        prop_assert_eq!(read, frozen);
    }

    /// Not even of two states of one project.
    #[test]
    fn no_key_is_used_twice(before in pools(), after in pools()) {
        let mut world = World::with(&before);
        let one = world.frozen(&wanted(&after));
        world.state.lineage = "another".into();
        let other = world.frozen(&wanted(&after));
        let keys = |frozen: &Frozen| -> BTreeSet<String> {
            let operations = frozen.graph.operations().iter();
            operations.flat_map(keys_of).collect()
        };
        prop_assert!(keys(&one).is_disjoint(&keys(&other)));
    }
}

fn keys_of(operation: &Operation) -> Vec<String> {
    match &operation.action {
        Action::Ensure(ensure) => {
            let keys = ensure
                .alternatives
                .iter()
                .flat_map(|way| [way.key, way.undo]);
            keys.map(|key| key.to_string()).collect()
        }
        Action::Remove(remove) => vec![remove.key.to_string()],
    }
}

/// An optimised build takes some tens of milliseconds; this is a build without, beside other tests.
const FIVE_THOUSAND: std::time::Duration = std::time::Duration::from_secs(10);

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn five_thousand_objects_are_compared_at_once() {
    let stages = ["a", "b", "c", "d", "e"];
    let pools = stages.map(|stage| Pool {
        stage,
        count: 998,
        ..pool()
    });
    let wanted = wanted(&pools);
    let mut world = World::new();
    for object in &wanted {
        world.adopt(object);
    }
    let started = std::time::Instant::now();
    let (changes, diagnostics) = world.diff(&wanted);
    let took = started.elapsed();
    assert!(diagnostics.is_empty());
    assert_eq!(changes.len(), 5000);
    assert!(changes.iter().all(|change| !change.action.is_something()));
    assert!(took < FIVE_THOUSAND, "{took:?}");
}
