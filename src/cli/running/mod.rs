//! What every command needs that carries something out: time, signals, a reporter, an approval.

pub(crate) mod approve;
pub(crate) mod carry_out;
pub(crate) mod execute;
#[cfg(debug_assertions)]
mod mortal;
pub(crate) mod places;
pub(crate) mod prepare;
pub(crate) mod providers;
mod reporter;
pub(crate) mod session;
mod time;

pub(crate) use time::{Signals, System};

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

/// Which of two futures ended first.
pub(crate) enum Either<A, B> {
    First(A),
    Second(B),
}

/// Waits until one of two futures ends; the other is dropped. When both are done, the first counts.
pub(crate) async fn first_of<A: Future, B: Future>(a: A, b: B) -> Either<A::Output, B::Output> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    std::future::poll_fn(move |context| {
        if let Poll::Ready(value) = a.as_mut().poll(context) {
            return Poll::Ready(Either::First(value));
        }
        b.as_mut().poll(context).map(Either::Second)
    })
    .await
}

/// Runs something that waits, in a runtime of this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a system that lets a process begin lets it wait")
        .block_on(future)
}
