//! The backend for AWS against moto, with the layer of `tests/moto` before it.
#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

mod attributes;
mod chain;
mod conformance;
mod faults;
#[path = "../../../../tests/moto/server.rs"]
mod moto;
mod nodes;
mod preflight;
mod support;
