//! What a change of specs costs: two plans of a spec held against each other, the difference split
//! by cause, and what policies say of the newer one.
//!
//! Pure: plans go in, a [`Review`] comes out. `render::review` makes text of it.

mod bill;
mod catalogs;
mod causes;
mod compare;
mod document;
mod one_off;
mod spec_changes;

pub use compare::{MadeFrom, Version, compare};
pub use document::{
    CatalogChange, Cause, Difference, FORMAT_VERSION, Made, OneOff, OneOffCost, OneOffKind, Reason,
    Review, Side, SpecChange, SpecReview, StageReview, StageStatus,
};
pub mod policy;
pub mod verdict;
