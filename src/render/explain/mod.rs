//! The answer to "why does this stage run there?", for a terminal and for programs.

mod changes;
mod human;
mod json;
mod schema;
mod what_if;
mod why_not;

pub use human::human;
pub use json::{FORMAT_VERSION, json};
pub use schema::schema;
pub use what_if::{what_if, what_if_json};
