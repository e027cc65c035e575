//! Files: the sole reader and writer of specs, catalogs and plans.

pub mod spec_files;
