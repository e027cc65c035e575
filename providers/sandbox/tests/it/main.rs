//! The sandbox as a backend and as a file that several processes share.
#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

mod behaviour;
mod conformance;
mod faults;
mod limits;
mod model;
mod place;
mod processes;
mod support;
