//! Blobs with conditional writes, and the lease that is made of them.

mod blobs;
mod lease;
mod vault;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// What a future gives that never waits, as those of local files don't.
#[track_caller]
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
