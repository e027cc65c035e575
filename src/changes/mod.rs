//! What must be done so that what exists is as planned: the objects of a plan, how they differ from
//! the state, and the operations that make them.

pub mod graph;
pub mod reference;
