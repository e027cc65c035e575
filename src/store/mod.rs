//! Files and object stores: the sole reader and writer of specs, catalogs, plans and states.

#[cfg(feature = "forge")]
pub(crate) mod append;
pub mod blobs;
pub(crate) mod bounded;
pub mod catalogs;
pub mod git;
pub mod lease;
pub mod lock;
pub mod models;
pub mod place;
pub mod plans;
pub mod policy_files;
pub mod spec_files;
pub mod vault;
