//! Plans and reviews as pages for a browser: one file each, which asks for nothing else.
//!
//! A page loads nothing, and its policy (`Content-Security-Policy`) lets only its own style and
//! script work, named by their digests. The script sorts tables; all else works without it. Nothing
//! in a page depends on the time of day, so equal plans are equal bytes.
//!
//! ```text
//! recommender: about USD 1,845.12 per month
//!   Summary · Stages and places · Costs · Stage by stage · Left out · Made from
//! ```

mod alternatives;
mod bars;
mod costs;
mod figures;
mod graph;
mod made_from;
mod memory;
mod overview;
mod plan;
mod policy;
mod review;
mod shell;
mod stage;
mod verdicts;

pub use plan::plan;
pub use review::review;
