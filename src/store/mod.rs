//! Files and object stores: the sole reader and writer of specs, catalogs, plans and states.

pub mod blobs;
pub(crate) mod bounded;
pub mod catalogs;
pub mod git;
pub mod lease;
pub mod lock;
pub mod models;
pub mod place;
pub mod plans;
pub mod spec_files;
pub mod vault;
