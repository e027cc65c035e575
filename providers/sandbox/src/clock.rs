//! The time that objects take to come and go, and how a call waits.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A wait that is over some time.
pub type Slept = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the sandbox takes for the time.
///
/// ```
/// use std::time::Duration;
///
/// use mlinfra_provider_sandbox::{Clock as _, ManualClock};
///
/// let clock = ManualClock::default();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now(), Duration::from_secs(90));
/// ```
pub trait Clock: Send + Sync {
    /// The time since the Unix epoch. Processes that share a folder need clocks that agree.
    fn now(&self) -> Duration;

    /// Waits, in whatever way suits the runtime that polls.
    fn sleep(&self, time: Duration) -> Slept;
}

/// The machine's clock. It waits in a thread, so that it needs no runtime.
///
/// ```
/// use std::time::Duration;
///
/// use mlinfra_provider_sandbox::{Clock as _, SystemClock};
///
/// assert!(SystemClock.now() > Duration::ZERO);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the time comes from"
    )]
    fn now(&self) -> Duration {
        // A clock before 1970 can only be a broken one.
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.unwrap_or(Duration::ZERO)
    }

    fn sleep(&self, time: Duration) -> Slept {
        Box::pin(Alarm {
            time,
            state: Arc::default(),
        })
    }
}

/// A wait in a thread that starts when it is first polled.
struct Alarm {
    time: Duration,
    state: Arc<Mutex<AlarmState>>,
}

#[derive(Default)]
struct AlarmState {
    started: bool,
    over: bool,
    waker: Option<Waker>,
}

impl Future for Alarm {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.over || self.time.is_zero() {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        if !state.started {
            state.started = true;
            let (shared, time) = (Arc::clone(&self.state), self.time);
            std::thread::spawn(move || {
                std::thread::sleep(time);
                let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
                state.over = true;
                if let Some(waker) = state.waker.take() {
                    waker.wake();
                }
            });
        }
        Poll::Pending
    }
}

/// A clock that stands still until somebody advances it. Waiting advances it at once.
///
/// Clones show the same time.
///
/// ```
/// use std::time::Duration;
///
/// use mlinfra_provider_sandbox::{Clock as _, ManualClock};
///
/// let clock = ManualClock::at(Duration::from_secs(60));
/// let same = clock.clone();
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(same.now(), Duration::from_secs(61));
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualClock {
    now: Arc<Mutex<Duration>>,
}

impl ManualClock {
    /// A clock that shows a time since the Unix epoch.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use mlinfra_provider_sandbox::{Clock as _, ManualClock};
    ///
    /// assert_eq!(ManualClock::at(Duration::from_secs(5)).now(), Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn at(now: Duration) -> Self {
        Self {
            now: Arc::new(Mutex::new(now)),
        }
    }

    /// Lets time pass.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use mlinfra_provider_sandbox::{Clock as _, ManualClock};
    ///
    /// let clock = ManualClock::default();
    /// clock.advance(Duration::MAX);
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(clock.now(), Duration::MAX);
    /// ```
    pub fn advance(&self, time: Duration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(time);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, time: Duration) -> Slept {
        self.advance(time);
        Box::pin(std::future::ready(()))
    }
}
