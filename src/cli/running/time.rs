//! The system's time, and signals as the wish to stop.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::applying::{Clock, Stop};

/// The system's clock, and tokio's timers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System;

impl Clock for System {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep<'a>(&'a self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Ctrl-C, or the signal with which CI systems and containers end a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// The signal's number; 0 as long as there was none.
    came: AtomicU8,
    notify: Notify,
}

impl Signals {
    /// From now on the first signal asks to stop. A second one ends the process at once: the journal
    /// is written before each call, so the next run finds out what this one did.
    ///
    /// Must be called inside a runtime.
    #[cfg(unix)]
    pub(crate) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let signals = Self::default();
        for (kind, number) in [(SignalKind::interrupt(), 2), (SignalKind::terminate(), 15)] {
            // Where a signal can't be had, it does what it did before.
            let Ok(mut stream) = signal(kind) else {
                continue;
            };
            let signals = signals.clone();
            drop(tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    signals.take(number);
                }
            }));
        }
        signals
    }

    /// From now on the first Ctrl-C asks to stop, and a second one ends the process at once.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> Self {
        let signals = Self::default();
        let listener = signals.clone();
        drop(tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                listener.take(2);
            }
        }));
        signals
    }

    fn take(&self, number: u8) {
        if self.0.came.swap(number, Ordering::SeqCst) != 0 {
            std::process::exit(128 + i32::from(number));
        }
        self.0.notify.notify_waiters();
    }

    /// The exit code by which a shell tells the signal; `None` as long as there was none.
    pub(crate) fn exit_code(&self) -> Option<u8> {
        match self.0.came.load(Ordering::SeqCst) {
            0 => None,
            number => Some(128 + number),
        }
    }
}

impl Stop for Signals {
    fn asked(&self) -> bool {
        self.exit_code().is_some()
    }

    fn wait<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            // Registered before the look, so that nothing comes between them.
            let notified = self.0.notify.notified();
            if !self.asked() {
                notified.await;
            }
        })
    }
}
