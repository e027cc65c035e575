//! Files: the sole reader and writer of specs, catalogs and plans.

pub mod blobs;
mod bounded;
pub mod catalogs;
pub mod lease;
pub mod lock;
pub mod models;
pub mod plans;
pub mod spec_files;
pub mod vault;
