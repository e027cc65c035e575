//! Files: the sole reader and writer of specs, catalogs and plans.

mod bounded;
pub mod catalogs;
pub mod lock;
pub mod models;
pub mod plans;
pub mod spec_files;
