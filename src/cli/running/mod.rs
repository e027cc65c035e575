//! What every command needs that carries something out: time, signals, a reporter, an approval.

mod approve;
#[cfg(debug_assertions)]
mod mortal;
mod reporter;
mod time;

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
