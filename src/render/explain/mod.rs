//! The answer to "why does this stage run there?", for a terminal and for programs.

mod human;
mod json;

pub use human::human;
pub use json::{FORMAT_VERSION, json};
