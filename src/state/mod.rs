//! What is believed to exist, and what was about to be done: the state and its journal.
//!
//! Types and their text alone: reading and writing files is `store`'s, and deciding is `planning`'s.
//! A state is what all finished operations left; the journal has the operations of the run under way,
//! each noted before it begins. After a crash the two together tell what is certain, and which
//! operations must be looked up at the provider.

mod document;
mod fold;
mod intent;
mod journal;
mod object;

pub use document::{FORMAT_VERSION, State, StateError};
pub use intent::Intent;
pub use journal::{Entry, Event, Journal, JournalError, Outcome, Read, Unsettled, read};
pub use object::StateObject;

#[cfg(test)]
mod tests;
