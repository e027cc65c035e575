//! A review as people and programs read it.

mod human;
mod json;
mod schema;
mod words;

pub use human::human;
pub use json::json;
pub use schema::schema;
