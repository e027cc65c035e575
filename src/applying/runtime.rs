//! What the engine needs of whoever runs it, time and a way to be told to stop, and how it waits for
//! many things in one.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use jiff::Timestamp;

/// A future that is run beside others.
pub(super) type Task<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// Time.
pub trait Clock: Send + Sync {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Waits.
    fn sleep<'a>(&'a self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// Whether to begin nothing more: a signal, a closed terminal.
pub trait Stop: Send + Sync {
    /// Whether it was asked for.
    fn asked(&self) -> bool;

    /// Waits until it is. May be called more than once.
    fn wait<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// How much time has passed since `since`; none for a clock that was set back.
pub(super) fn passed(clock: &dyn Clock, since: Timestamp) -> Duration {
    let passed = clock.now().duration_since(since);
    Duration::try_from(passed).unwrap_or(Duration::ZERO)
}

/// Futures that run side by side. Only those that woke are polled, so that many cost no more than
/// those of them that have something to do.
pub(super) struct Tasks<'t, T> {
    slots: Vec<Slot<'t, T>>,
    /// Whoever polls all of them.
    poller: Arc<Mutex<Option<Waker>>>,
}

struct Slot<'t, T> {
    task: Task<'t, T>,
    flag: Arc<Flag>,
}

/// That a task is to be polled.
struct Flag {
    woke: AtomicBool,
    poller: Arc<Mutex<Option<Waker>>>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.woke.store(true, Ordering::SeqCst);
        let poller = self.poller.lock();
        let poller = poller.unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(poller) = poller {
            poller.wake();
        }
    }
}

impl<'t, T> Tasks<'t, T> {
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            poller: Arc::default(),
        }
    }

    pub(super) fn push(&mut self, task: Task<'t, T>) {
        let flag = Flag {
            woke: AtomicBool::new(true),
            poller: Arc::clone(&self.poller),
        };
        let flag = Arc::new(flag);
        self.slots.push(Slot { task, flag });
    }

    pub(super) const fn len(&self) -> usize {
        self.slots.len()
    }

    /// What ends first, which is then taken out. Pending for ever when there are none.
    pub(super) fn poll_next(&mut self, context: &Context<'_>) -> Poll<T> {
        let poller = self.poller.lock();
        *poller.unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
        for index in 0..self.slots.len() {
            let Slot { task, flag } = &mut self.slots[index];
            if !flag.woke.swap(false, Ordering::SeqCst) {
                continue;
            }
            let waker = Waker::from(Arc::clone(flag));
            if let Poll::Ready(value) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
                drop(self.slots.remove(index));
                return Poll::Ready(value);
            }
        }
        Poll::Pending
    }

    /// What ends first, and all that has ended when that is looked at.
    pub(super) async fn next(&mut self) -> Vec<T> {
        std::future::poll_fn(|context| {
            let mut ended = Vec::new();
            while let Poll::Ready(value) = self.poll_next(context) {
                ended.push(value);
            }
            if ended.is_empty() {
                Poll::Pending
            } else {
                Poll::Ready(ended)
            }
        })
        .await
    }
}

/// What all of some tasks end with, `parallel` of them at a time, in the order in which they end.
pub(super) async fn all<'t, T>(
    parallel: usize,
    tasks: impl IntoIterator<Item = Task<'t, T>>,
) -> Vec<T> {
    let mut waiting = tasks.into_iter();
    let mut running = Tasks::new();
    let mut ended = Vec::new();
    loop {
        while running.len() < parallel.max(1)
            && let Some(task) = waiting.next()
        {
            running.push(task);
        }
        if running.len() == 0 {
            return ended;
        }
        ended.extend(running.next().await);
    }
}

/// What a future ends with, unless another ends before it.
pub(super) async fn unless<T>(
    other: impl Future<Output = ()>,
    future: impl Future<Output = T>,
) -> Option<T> {
    let (mut other, mut future) = (pin!(other), pin!(future));
    std::future::poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        other.as_mut().poll(context).map(|()| None)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ready at its second poll, and counts its polls.
    struct Twice<'c>(bool, &'c AtomicBool);

    impl Future for Twice<'_> {
        type Output = u8;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u8> {
            if self.0 {
                return Poll::Ready(2);
            }
            self.0 = true;
            self.1.store(true, Ordering::SeqCst);
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }

    #[test]
    fn only_what_woke_is_polled_and_all_ends_are_told() {
        let polled = AtomicBool::new(false);
        let mut tasks = Tasks::new();
        tasks.push(Box::pin(std::future::pending()));
        tasks.push(Box::pin(Twice(false, &polled)));
        tasks.push(Box::pin(std::future::ready(3)));
        let mut context = Context::from_waker(Waker::noop());
        let first = pin!(tasks.next()).poll(&mut context);
        assert_eq!(first, Poll::Ready(vec![3, 2]));
        assert!(polled.load(Ordering::SeqCst));
        assert!(pin!(tasks.next()).poll(&mut context).is_pending());
        assert_eq!(tasks.len(), 1);
    }
}
