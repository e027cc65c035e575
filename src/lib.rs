//! mlinfra reads a spec of machine-learning stages and chooses, by cost over every price it knows,
//! what each stage should run on and where.
//!
//! The modules below stand in reading order: each may use only those above it. Everything but
//! [`store`](crate) and `cli` is pure: no files, no clock, no environment, no randomness. See
//! `docs/architecture.md` for the whole picture and what enforces it.

pub mod units;

pub mod diagnostics;

pub mod model;

pub mod checkpoint;

pub mod spec;

pub mod catalog;

pub mod fit;

pub mod state;

pub mod planning;

pub mod changes;

pub mod review;

pub mod render;

#[cfg(feature = "cli")]
pub mod store;

#[cfg(feature = "cli")]
pub mod applying;

#[cfg(feature = "forge")]
pub mod forge;

#[cfg(feature = "cli")]
pub mod cli;
