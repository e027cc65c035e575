//! A review as people and programs read it.

mod human;
mod json;
mod markdown;
mod mermaid;
mod schema;
mod terraform_report;
mod words;

pub use human::human;
pub use json::json;
pub use markdown::{Shown, markdown};
pub use schema::schema;
pub use terraform_report::terraform_report;
