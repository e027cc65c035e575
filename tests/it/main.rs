//! All integration tests, in one program so that they link once.
#![expect(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

mod applying;
mod blobs;
mod catalog;
mod changes;
mod checkpoint;
mod ci;
mod cli;
mod examples;
mod fit;
mod gpu;
mod gpu_fit;
mod graphs;
mod markdown;
mod planning;
mod program;
mod scenarios;
mod skipped;
mod spec;
mod speed;
mod store;
mod tidy;
