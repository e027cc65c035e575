//! What must be done so that what exists is as planned: the objects of a plan, how they differ from
//! the state, and the operations that make them.
//!
//! ```text
//! wanted(project, plan, realm)      the objects of a plan, each with its ways from best to worst
//!   └▶ diff(wanted, prior, …)       what is to be done with each, and why
//!        └▶ freeze(…)               the same with names, keys and the graph: nothing left to decide
//!             └▶ check(frozen, …)   whether it may still be carried out
//! ```
//!
//! It reads no clock and asks nobody: what exists is in the state that it is given, as read before.

pub mod change;
pub mod check;
pub mod diff;
pub mod frozen;
pub mod graph;
mod ordering;
pub mod reference;
pub mod undo;
pub mod wanted;
