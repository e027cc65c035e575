//! What is done so that what exists is as planned, as people and programs read it.

mod human;
mod json;
mod value;

pub use human::human;
pub use json::json;
