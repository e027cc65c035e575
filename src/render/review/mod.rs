//! A review as people and programs read it.

mod human;
mod json;
mod schema;
pub(in crate::render) mod words;

pub use human::human;
pub use json::json;
pub use schema::schema;
