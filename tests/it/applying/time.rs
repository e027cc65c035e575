use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mlinfra::applying::{Clock, Stop};

/// Time that is set forward when nothing else can happen.
#[derive(Default)]
pub(super) struct Time {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    millis: u64,
    /// Who waits until when, in the order in which they came.
    sleepers: BTreeMap<(u64, u64), Waker>,
    next: u64,
}

impl Time {
    pub(super) fn millis(&self) -> u64 {
        self.inner.lock().unwrap().millis
    }

    /// Sets the time to the next that anybody waits for, and wakes all that wait for it; whether
    /// anybody does.
    pub(super) fn forward(&self) -> bool {
        let mut inner = self.inner.lock().unwrap();
        let Some((&(until, _), _)) = inner.sleepers.first_key_value() else {
            return false;
        };
        inner.millis = inner.millis.max(until);
        let later = inner.sleepers.split_off(&(until + 1, 0));
        let due = std::mem::replace(&mut inner.sleepers, later);
        drop(inner);
        due.into_values().for_each(Waker::wake);
        true
    }

    pub(super) fn pass(&self, time: Duration) {
        self.inner.lock().unwrap().millis += u64::try_from(time.as_millis()).unwrap();
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        let since = SignedDuration::from_millis(self.millis().try_into().unwrap());
        Timestamp::from_second(1_800_000_000).unwrap() + since
    }

    fn sleep<'a>(&'a self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let mut inner = self.inner.lock().unwrap();
        let until = inner.millis + u64::try_from(time.as_millis()).unwrap();
        let key = (until, inner.next);
        inner.next += 1;
        Box::pin(Sleep { time: self, key })
    }
}

/// A wait. One that is given up isn't waited for any more.
struct Sleep<'t> {
    time: &'t Time,
    key: (u64, u64),
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.time.inner.lock().unwrap();
        if inner.millis >= self.key.0 {
            inner.sleepers.remove(&self.key);
            return Poll::Ready(());
        }
        inner.sleepers.insert(self.key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        // A failed test may have poisoned it.
        if let Ok(mut inner) = self.time.inner.lock() {
            inner.sleepers.remove(&self.key);
        }
    }
}

/// Asks to stop at a time.
pub(super) struct StopAt<'t> {
    pub(super) time: &'t Time,
    pub(super) millis: u64,
}

impl Stop for StopAt<'_> {
    fn asked(&self) -> bool {
        self.time.millis() >= self.millis
    }

    fn wait<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        if self.millis == u64::MAX {
            return Box::pin(std::future::pending());
        }
        let left = self.millis.saturating_sub(self.time.millis());
        self.time.sleep(Duration::from_millis(left))
    }
}

/// That a future is to be polled.
pub(super) struct Flag(AtomicBool);

impl Flag {
    pub(super) fn up() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    /// Whether it was up; it is down then.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs a future to its end. Fails when it waits for nothing.
#[track_caller]
pub(super) fn run<T>(time: &Time, future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let flag = Flag::up();
    let waker = Waker::from(Arc::clone(&flag));
    let mut context = Context::from_waker(&waker);
    loop {
        if flag.take() {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
        } else {
            assert!(time.forward(), "it waits for what never comes");
        }
    }
}
