//! Ctrl-C as a question instead of an end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Longest time until an interrupt is noticed.
const STEP: Duration = Duration::from_millis(50);

/// Whether someone wants this to end: Ctrl-C, or the signal with which containers are stopped.
#[derive(Debug, Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on these signals end nothing by themselves.
    pub(super) fn listen() -> Self {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // Where a signal can't be had, it does what it did before.
            drop(signal_hook::flag::register(signal, Arc::clone(&flag)));
        }
        Self(flag)
    }

    pub(super) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits until then, or until an interrupt, which it returns.
    #[expect(
        clippy::disallowed_methods,
        reason = "the command line is where time comes from"
    )]
    pub(super) fn wait_until(&self, then: Instant) -> bool {
        loop {
            let left = then.saturating_duration_since(Instant::now());
            if self.came() || left.is_zero() {
                return self.came();
            }
            std::thread::sleep(left.min(STEP));
        }
    }
}
