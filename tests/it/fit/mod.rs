//! The memory model against what others published and measured.

mod models;
mod vectors;
