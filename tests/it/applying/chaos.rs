//! Random faults, and deaths at random writes: in the end there is what was asked for, once.

use std::sync::Mutex;
use std::time::Duration;

use mlinfra::store::blobs::{Blob, BlobError, Blobs, Reply, Version, When};
use mlinfra::store::lease::TIME_TO_LIVE;
use mlinfra::store::vault::peek;
use proptest::prelude::*;

use super::runs::apply;
use super::time::{Time, run};
use super::world::{Fault, World, making};
use mlinfra::store::blobs::Memory;

/// Blobs whose user dies at one of its writes: that one happens or doesn't, and nothing after it.
struct Mortal {
    blobs: Memory,
    left: Mutex<(u32, bool)>,
}

fn dead(name: &str) -> BlobError {
    BlobError::Failed {
        name: name.into(),
        message: "dead".into(),
    }
}

impl Mortal {
    fn is_dead(&self) -> bool {
        self.left.lock().unwrap().0 == 0
    }
}

impl Blobs for Mortal {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        if self.is_dead() {
            return Box::pin(async move { Err(dead(name)) });
        }
        self.blobs.get(name)
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        let mut left = self.left.lock().unwrap();
        let (lives, happens) = match *left {
            (0, _) => (false, false),
            (1, happens) => (false, happens),
            _ => (true, true),
        };
        left.0 = left.0.saturating_sub(1);
        drop(left);
        Box::pin(async move {
            if !happens {
                return Err(dead(name));
            }
            let written = self.blobs.put(name, bytes, when).await;
            if lives { written } else { Err(dead(name)) }
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        if self.is_dead() {
            return Box::pin(async move { Err(dead(prefix)) });
        }
        self.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        if self.is_dead() {
            return Box::pin(async move { Err(dead(name)) });
        }
        self.blobs.delete(name)
    }
}

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
        1u32..40,
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
            let mortal = Mortal { blobs: blobs.clone(), left: Mutex::new((left, happens)) };
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
