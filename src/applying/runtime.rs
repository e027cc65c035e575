//! What the engine needs of whoever runs it: time, and a way to be told to stop.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
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

    /// Waits until it is.
    fn wait<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// What ends first of some tasks, which is then taken out of them. Never, when there are none.
///
/// All are polled whenever one wakes: there are a few dozen at most.
pub(super) async fn first<T>(tasks: &mut Vec<Task<'_, T>>) -> T {
    std::future::poll_fn(|context| {
        for index in 0..tasks.len() {
            if let Poll::Ready(value) = tasks[index].as_mut().poll(context) {
                drop(tasks.remove(index));
                return Poll::Ready(value);
            }
        }
        Poll::Pending
    })
    .await
}
