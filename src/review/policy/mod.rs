//! What rules say of plans: the built-in ones, as a spec and an organisation hold them, and limits
//! over several specs.
//!
//! Pure: the day, by which waivers and prices expire, is an input. Who gives the day and the files of
//! an organisation decides what counts.

mod about;
mod exposure;
mod judge;
#[cfg(feature = "rego")]
pub mod rego;
mod rules;
mod shared;
mod terms;

pub use about::{About, about, usual};
pub use judge::{Judged, Judgement, SpecAtHand, judge, judge_together};
