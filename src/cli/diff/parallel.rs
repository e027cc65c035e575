//! Work on many things by as many threads as there are processors.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What comes of each item, in their order. Each thread keeps what `start` makes for all it works on.
pub(super) fn map<'i, T: Sync, S, R: Send>(
    items: &'i [T],
    start: impl Fn() -> S + Sync,
    work: impl Fn(&S, &'i T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, R>> = Mutex::new(BTreeMap::new());
    let run = || {
        let own = start();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(n) else { break };
            let result = work(&own, item);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.insert(n, result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_values().collect()
}
