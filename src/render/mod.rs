//! Turns plans, tables and diagnostics into text. Data in, text out: nothing is printed here.

pub mod applied;
pub mod catalog;
pub mod changes;
pub mod diagnostics;
pub mod drift;
pub mod events;
pub mod explain;
pub mod fit;
#[cfg(feature = "nvml")]
pub mod gpu;
pub mod junit;
pub mod markdown;
pub mod outputs;
pub mod page;
pub mod plan;
pub mod policies;
pub mod progress;
pub mod review;
pub mod sarif;
mod schema;
pub mod state;
pub mod style;
pub mod table;
pub mod text;
