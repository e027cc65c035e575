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
#[cfg(feature = "forge")]
mod forge;
mod gpu;
mod gpu_fit;
mod graphs;
#[cfg(any(feature = "forge", feature = "object-stores"))]
mod installed;
mod markdown;
mod page;
mod planning;
mod policy;
mod program;
mod review;
mod scenarios;
mod skipped;
mod spec;
mod speed;
mod store;
mod tidy;
