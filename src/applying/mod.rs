//! Carries out a graph of operations through providers, journal first.
//!
//! What is to be done is decided: which object, where, under which key, and what instead where there
//! is none left. The engine decides only when to call again. Each call is noted before it is made,
//! so that whoever dies leaves a journal from which the next one knows what to ask about
//! ([`recover`]). It runs in whatever runtime awaits it; time comes from a [`Clock`].

mod absent;
mod ask;
mod begin;
mod call;
mod engine;
mod listed;
mod marks;
mod outcome;
mod pause;
mod recovery;
mod refresh;
mod refusals;
mod report;
mod run;
mod runtime;
mod search;
mod seen;
mod strays;
mod undo;
mod write;

pub use absent::settle_absent;
pub use engine::{Engine, Limits};
pub use recovery::{Open, Recovered, recover};
pub use refresh::{Drift, Drifted, Refreshed, refresh};
pub use report::{Failed, Failure, Progress, Report, Silent};
pub use runtime::{Clock, Stop};
pub use strays::{Stray, take_strays};
