//! A process that dies or freezes at a moment of its life, as SIGKILL and SIGSTOP do it.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use super::super::time::{Flag, Time};

/// What happens at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Dies,
    Freezes,
}

/// Moments are those before and after every write and every call.
pub(super) struct Life(Mutex<Inner>);

struct Inner {
    left: u64,
    fate: Fate,
    /// What has happened.
    is: Option<Fate>,
    froze: bool,
    waker: Option<Waker>,
}

impl Life {
    pub(super) fn new(moments: u64, fate: Fate) -> Self {
        Self(Mutex::new(Inner {
            left: moments,
            fate,
            is: None,
            froze: false,
            waker: None,
        }))
    }

    /// One that ends by itself.
    pub(super) fn long() -> Self {
        Self::new(u64::MAX, Fate::Dies)
    }

    pub(super) fn is(&self) -> Option<Fate> {
        self.0.lock().unwrap().is
    }

    /// Whether it ever was frozen.
    pub(super) fn froze(&self) -> bool {
        self.0.lock().unwrap().froze
    }

    pub(super) fn wakes(&self) {
        let mut inner = self.0.lock().unwrap();
        inner.is = None;
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }

    /// A moment: the last one is never over, or only when it wakes.
    pub(super) async fn moment(&self) {
        let mut counted = false;
        std::future::poll_fn(|context| {
            let mut inner = self.0.lock().unwrap();
            if !counted {
                counted = true;
                inner.left = inner.left.saturating_sub(1);
                if inner.left == 0 && inner.is.is_none() {
                    inner.is = Some(inner.fate);
                    inner.froze = inner.fate == Fate::Freezes;
                    inner.left = u64::MAX;
                }
            }
            if inner.is.is_none() {
                return Poll::Ready(());
            }
            inner.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// A process under way.
pub(super) struct Process<'p, T> {
    future: Pin<Box<dyn Future<Output = T> + 'p>>,
    flag: Arc<Flag>,
}

/// How it stands.
pub(super) enum State<'p, T> {
    Ended(T),
    Died,
    Frozen(Process<'p, T>),
}

impl<'p, T> Process<'p, T> {
    pub(super) fn new(future: impl Future<Output = T> + 'p) -> Self {
        Self {
            future: Box::pin(future),
            flag: Flag::up(),
        }
    }

    /// Runs until it ends, dies or freezes. What dies is gone at once, with all that it was doing.
    pub(super) fn run(mut self, time: &Time, life: &Life) -> State<'p, T> {
        let waker = Waker::from(Arc::clone(&self.flag));
        let mut context = Context::from_waker(&waker);
        loop {
            if self.flag.take() {
                if let Poll::Ready(value) = self.future.as_mut().poll(&mut context) {
                    return State::Ended(value);
                }
                match life.is() {
                    Some(Fate::Dies) => return State::Died,
                    Some(Fate::Freezes) => return State::Frozen(self),
                    None => {}
                }
            } else {
                assert!(time.forward(), "it waits for what never comes");
            }
        }
    }
}
