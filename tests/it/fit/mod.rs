//! The memory model against what others published and measured.

mod models;
pub(crate) mod vectors;
