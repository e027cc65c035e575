//! The real program against AWS: moto, with the layer of `tests/moto` before it. What is there is read
//! by boto3, a client that others wrote.
//!
//! `cargo test --features aws,object-stores --test aws`
#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

mod dice;
mod inventory;
mod killed;
#[path = "../moto/server.rs"]
mod moto;
mod program;
mod refused;
#[cfg(feature = "object-stores")]
mod shared_state;
mod slow;
mod specs;
mod terraform;
mod training;
