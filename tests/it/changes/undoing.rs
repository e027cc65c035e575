//! What an apply did, reversed.

use std::collections::BTreeMap;

use mlinfra::changes::frozen::Frozen;
use mlinfra::changes::undo::undo;
use mlinfra::state::State;
use proptest::prelude::*;

use super::world::{Pool, World, pool, wanted};

/// Identifiers and what was asked for, by address.
fn existing(state: &State) -> BTreeMap<String, (String, String)> {
    let objects = state.objects.iter();
    let told = |object: &mlinfra::state::StateObject| {
        let attributes = serde_json::to_string(&object.desired).unwrap();
        (object.id.to_string(), attributes)
    };
    objects
        .map(|(address, object)| (address.clone(), told(object)))
        .collect()
}

/// Does the first operations of a plan, and reverses them.
fn there_and_back(world: &mut World, pools: &[Pool], steps: usize) -> (Frozen, Vec<String>) {
    let frozen = world.frozen(&wanted(pools));
    world.carry_out(&frozen.graph, steps);
    let undo = undo(&frozen, &world.state);
    world.carry_out(&undo.graph, usize::MAX);
    undo.settle(&mut world.state);
    (frozen, undo.lost)
}

#[test]
fn what_was_made_is_deleted_and_what_was_changed_is_set_back() {
    let mut world = World::with(&[pool()]);
    let before = existing(&world.state);
    let more = Pool {
        count: 4,
        label: "b",
        ..pool()
    };
    let (_, lost) = there_and_back(&mut world, &[more], usize::MAX);
    // What one plan names, another doesn't: the labels are as they were, and the new nodes are gone.
    assert_eq!(existing(&world.state), before);
    assert_eq!(lost, Vec::<String>::new());
    assert_eq!(world.there(), 4);
}

#[test]
fn what_was_replaced_and_is_still_there_takes_its_place_back() {
    let mut world = World::with(&[pool()]);
    let node = world.state.objects["pool.train.nodes[0]"].id.clone();
    let other = Pool {
        user_data: "echo",
        ..pool()
    };
    // The template is changed and the first node is made; the old one isn't deleted yet.
    let (_, lost) = there_and_back(&mut world, &[other], 2);
    assert_eq!(lost, Vec::<String>::new());
    assert_eq!(world.state.objects["pool.train.nodes[0]"].id, node);
    assert_eq!(world.state.deposed.len(), 0);
    assert_eq!(world.there(), 4);
}

#[test]
fn what_was_deleted_is_listed_as_lost() {
    let mut world = World::with(&[pool()]);
    let one = Pool { count: 1, ..pool() };
    let (_, lost) = there_and_back(&mut world, &[one], usize::MAX);
    assert_eq!(lost, ["pool.train.nodes[1]"]);
    assert_eq!(world.there(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_first_apply_is_undone_without_a_trace(
        count in 1..4_usize,
        is_gang in any::<bool>(),
        steps in 0..12_usize,
    ) {
        let mut world = World::new();
        let ways = vec![("r1", "r1a"), ("r2", "r2a")];
        if is_gang {
            world.full.insert("r1a");
        }
        there_and_back(&mut world, &[Pool { count, is_gang, ways, ..pool() }], steps);
        prop_assert_eq!(world.there(), 0);
        prop_assert_eq!(&world.state.objects, &BTreeMap::new());
    }
}
