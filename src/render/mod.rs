//! Turns plans, tables and diagnostics into text. Data in, text out: nothing is printed here.

pub mod catalog;
pub mod changes;
pub mod diagnostics;
pub mod explain;
pub mod fit;
#[cfg(feature = "nvml")]
pub mod gpu;
pub mod plan;
mod schema;
pub mod style;
pub mod table;
pub mod text;
