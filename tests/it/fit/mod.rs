//! The memory model against what others published and measured.

mod extremes;
mod independent;
mod models;
pub(crate) mod vectors;
