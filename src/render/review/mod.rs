//! A review as people and programs read it.

mod human;
mod infracost;
mod json;
mod markdown;
mod mermaid;
mod schema;
mod terraform_report;
pub(in crate::render) mod words;

pub use human::human;
pub use infracost::infracost;
pub use json::json;
pub use markdown::{Shown, markdown};
pub use schema::schema;
pub use terraform_report::terraform_report;
