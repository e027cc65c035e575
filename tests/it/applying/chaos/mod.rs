//! Random projects in a cloud where everything goes wrong, and processes that die, freeze and are
//! stopped at any moment: in the end there is what is wanted, once, and nothing that nobody knows.
//!
//! A few hundred cases run with the other tests. `tests/chaos --seed N --cases N` runs more, or one
//! again.

mod case;
mod dice;
mod life;
mod places;
mod planned;
mod project;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use places::Counts;

/// Cases that run with the other tests.
const FEW: u64 = 300;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn in_the_end_there_is_what_is_wanted_once() {
    let first = number("MLINFRA_TEST_CHAOS_SEED").unwrap_or(1);
    let cases = number("MLINFRA_TEST_CHAOS_CASES").unwrap_or(FEW);
    let (next, counts) = (AtomicU64::new(0), Mutex::new(Counts::new()));
    let wrong: Mutex<Vec<String>> = Mutex::default();
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            if index >= cases || !wrong.lock().unwrap().is_empty() {
                return;
            }
            let seed = first.wrapping_add(index);
            match catch_unwind(AssertUnwindSafe(|| case::case(seed))) {
                Ok(Ok(happened)) => {
                    let mut counts = counts.lock().unwrap();
                    for (what, many) in happened {
                        *counts.entry(what).or_default() += many;
                    }
                }
                Ok(Err(what)) => wrong.lock().unwrap().push(format!("seed {seed}: {what}")),
                Err(_) => wrong
                    .lock()
                    .unwrap()
                    .push(format!("seed {seed}: it panicked")),
            }
            if index > 0 && index.is_multiple_of(1000) {
                println!("{index} of {cases} cases");
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    println!("{cases} cases from seed {first}:");
    let counts = counts.into_inner().unwrap();
    for (what, many) in &counts {
        println!("{many:>9} {what}");
    }
    let wrong = wrong.into_inner().unwrap();
    let command = "to see it again: tests/chaos --cases 1 --seed";
    assert!(wrong.is_empty(), "{wrong:#?}\n{command} SEED");
    if cases >= FEW {
        for what in MUST_HAPPEN {
            assert!(counts.contains_key(what), "nothing of: {what}");
        }
    }
}

/// What a few hundred cases must have tried, or they test less than they say.
const MUST_HAPPEN: [&str; 14] = [
    "calls that arrived after their caller's end",
    "conflicts",
    "deaths",
    "fallbacks",
    "holders that froze",
    "holders that woke too late",
    "lost answers",
    "objects adopted",
    "objects undone",
    "operations gone on with",
    "retries",
    "runs that were stopped",
    "strays",
    "writes without an answer",
];
