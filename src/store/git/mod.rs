//! Revisions of a git repository, read with the `git` program. Nothing here writes: neither the
//! working tree nor the index is touched, and of the repository only objects are read.

mod objects;
mod program;
mod repository;
mod revision;

pub use repository::Repository;
pub use revision::{Revision, spec_of};
