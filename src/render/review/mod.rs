//! A review as people and programs read it.

mod markdown;
mod mermaid;
mod terraform_report;

pub use markdown::{Shown, markdown};
pub use terraform_report::terraform_report;
