//! What came of a graph, and what is told while it is carried out.

use std::time::Duration;

use jiff::Timestamp;
use mlinfra_provider_api::{ObjectId, Observed, ProviderError, ProviderErrorKind};

use crate::changes::reference::ReferenceError;

/// What came of a graph, by the places of its operations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Those that are done.
    pub done: Vec<usize>,
    /// Those that can't be done.
    pub failed: Vec<Failed>,
    /// Those whose calls were under way when the run was asked to stop: the next run settles them.
    pub left_open: Vec<usize>,
    /// Those that weren't begun, or not again, since something before them failed or the run was stopped.
    pub not_started: Vec<usize>,
    /// Those that are done on demand and that nothing needed.
    pub not_needed: Vec<usize>,
    /// Those whose objects this run made and removed again.
    pub undone: Vec<usize>,
    /// Those whose objects were to be removed again, and are there still.
    pub undo_failed: Vec<Failed>,
    /// Whether the last write of the state or its journal was given up, since the run was asked to
    /// stop and it didn't end in time. What was written before tells the next run what to look for.
    pub unsaved: bool,
}

/// An operation that can't be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Its place.
    pub operation: usize,
    /// Why.
    pub failure: Failure,
}

/// Why an operation isn't done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The provider refused, or couldn't be reached for too long.
    #[error("{}", told(.0))]
    Provider(ProviderError),
    /// The object was made and can't become ready.
    #[error("it was made and failed: {reason}")]
    Broken {
        /// What the provider says.
        reason: String,
    },
    /// The object was made, and is gone.
    #[error("it was made and is gone")]
    Vanished,
    /// It didn't become ready, or gone, in time.
    #[error("it wasn't {what} within {}", minutes(*within))]
    Stuck {
        /// `ready` or `gone`.
        what: &'static str,
        /// The time that it was given.
        within: Duration,
    },
    /// What was read back isn't what was asked for.
    #[error("`{attribute}` is {have} instead of {want}")]
    Differs {
        /// The attribute.
        attribute: String,
        /// Its value as desired.
        want: String,
        /// Its value as read.
        have: String,
    },
    /// It refers to what isn't there.
    #[error("it refers to what isn't there: {0}")]
    Reference(ReferenceError),
    /// The graph names a provider that isn't there.
    #[error("there is no provider `{provider}`")]
    NoProvider {
        /// Its name.
        provider: String,
    },
}

/// What a provider says, with the permission that is missing.
fn told(error: &ProviderError) -> String {
    let message = &error.message;
    match &error.kind {
        ProviderErrorKind::Unauthorized { action } if !message.contains(action) => {
            format!("{message}: `{action}` isn't allowed")
        }
        _ => message.clone(),
    }
}

fn minutes(time: Duration) -> String {
    format!("{} minutes", time.as_secs().div_ceil(60))
}

/// Told what happens while it happens, by the places of operations.
pub trait Progress {
    /// An attempt begins, with the place of the alternative.
    fn started(&mut self, operation: usize, alternative: usize, attempt: u32);

    /// A call is made again after a while. `since` is when it failed first.
    fn waiting(
        &mut self,
        operation: usize,
        error: &ProviderError,
        pause: Duration,
        since: Timestamp,
    );

    /// What was asked for can't be had, or couldn't a moment ago for one like it, so that it isn't
    /// asked for: the next alternative is tried, if there is one.
    fn refused(&mut self, operation: usize, alternative: usize, error: &ProviderError);

    /// It is done; what was read back, unless it is gone.
    fn done(&mut self, operation: usize, observed: Option<&Observed>);

    /// It can't be done.
    fn failed(&mut self, operation: usize, failure: &Failure);

    /// What this run made is about to be removed again.
    fn undoing(&mut self, _operation: usize, _id: &ObjectId) {}

    /// It is removed.
    fn undone(&mut self, _operation: usize) {}

    /// It is there still.
    fn undo_failed(&mut self, _operation: usize, _failure: &Failure) {}
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn started(&mut self, _operation: usize, _alternative: usize, _attempt: u32) {}

    fn waiting(
        &mut self,
        _operation: usize,
        _error: &ProviderError,
        _pause: Duration,
        _since: Timestamp,
    ) {
    }

    fn refused(&mut self, _operation: usize, _alternative: usize, _error: &ProviderError) {}

    fn done(&mut self, _operation: usize, _observed: Option<&Observed>) {}

    fn failed(&mut self, _operation: usize, _failure: &Failure) {}
}
