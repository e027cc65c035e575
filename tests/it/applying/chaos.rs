//! Random faults, and deaths at random writes: in the end there is what was asked for, once.

use std::time::Duration;

use mlinfra::store::lease::TIME_TO_LIVE;
use mlinfra::store::vault::peek;
use proptest::prelude::*;

use super::runs::apply;
use super::time::{Time, run};
use super::world::{Fault, World, making};
use crate::blobs::{Memory, Mortal};

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        2 => Just(Fault::Throttled),
        2 => Just(Fault::AnswerLost),
        2 => Just(Fault::RequestLost),
        1 => Just(Fault::Capacity),
        1 => Just(Fault::Unauthorized),
    ]
}

/// A run that goes wrong: what happens to its calls, after how many writes it dies and whether the
/// last happens, and when it is asked to stop.
type Ill = (Vec<Fault>, u32, bool, u64);

fn ill() -> impl Strategy<Value = Ill> {
    let stop = prop_oneof![3 => Just(u64::MAX), 1 => 0u64..20_000];
    (
        prop::collection::vec(fault(), 0..12),
        1u32..60,
        any::<bool>(),
        stop,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_the_end_there_is_what_was_asked_for_once(
        count in 1usize..8,
        ills in prop::collection::vec(ill(), 0..5),
    ) {
        let blobs = Memory::default();
        let time = Time::default();
        let world = World::new(&time);
        let mut plan = 0;
        for (faults, left, happens, stop) in ills {
            plan += 1;
            world.go_wrong(faults);
            let mortal = Mortal::new(blobs.clone(), left, happens);
            let stop = stop.saturating_add(time.millis());
            // Every other run goes on with the plan of the one before it.
            let graph = making(plan / 2, count);
            drop(run(&time, apply(&mortal, &world, &time, &graph, stop)));
            time.pass(Duration::from_secs(TIME_TO_LIVE.as_secs().unsigned_abs()));
        }
        world.go_wrong([]);
        let report = run(&time, apply(&blobs, &world, &time, &making(100, count), u64::MAX)).unwrap();
        prop_assert!(report.failed.is_empty(), "{:?}", report);
        let names: Vec<String> = world.all().iter().map(|n| n.split(' ').next().unwrap().to_owned()).collect();
        let wanted: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
        prop_assert_eq!(&names, &wanted);
        let state = run(&time, peek(&blobs)).unwrap().unwrap();
        prop_assert!(state.objects.values().map(|object| &object.name).eq(&wanted));
    }
}
