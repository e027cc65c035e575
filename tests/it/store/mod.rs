//! Places for blobs, the lease and the vault that are made of them, and what goes wrong there.

mod blobs;
mod damage;
mod events;
mod everywhere;
mod exchange;
mod history;
mod lease;
mod look;
mod messages;
mod place;
mod processes;
#[cfg(feature = "object-stores")]
mod proxy;
mod sealed;
#[cfg(feature = "object-stores")]
mod servers;
mod size;
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

/// What a future gives that may wait.
#[track_caller]
#[cfg(feature = "object-stores")]
fn wait<T>(future: impl Future<Output = T>) -> T {
    use tokio::runtime::{Builder, Runtime};
    thread_local! {
        static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// What a future gives; without object stores none waits.
#[track_caller]
#[cfg(not(feature = "object-stores"))]
fn wait<T>(future: impl Future<Output = T>) -> T {
    at_once(future)
}
