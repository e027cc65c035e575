//! Why a call failed, and how to go on.

use std::time::Duration;

/// A call that didn't do what it was to do.
///
/// ```
/// use mlinfra_provider_api::{ProviderError, ProviderErrorKind};
///
/// let kind = ProviderErrorKind::Capacity { scope: "us-east-1a".into() };
/// let error = ProviderError::new(kind, "no p5.48xlarge is left")
///     .code("InsufficientInstanceCapacity");
/// assert_eq!(error.to_string(), "no p5.48xlarge is left");
/// assert_eq!(error.code.as_deref(), Some("InsufficientInstanceCapacity"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    /// What of it decides how to go on.
    pub kind: ProviderErrorKind,
    /// What the backend says, in its words, without secrets.
    pub message: String,
    /// The backend's own code, e.g. `InsufficientInstanceCapacity`.
    pub code: Option<String>,
}

/// Why a call failed. The list is closed: how to go on is decided by it alone.
///
/// All but [`OutcomeUnknown`](Self::OutcomeUnknown) say that the call had no effect, and that its key
/// wasn't used up.
///
/// ```
/// use mlinfra_provider_api::{ProviderErrorKind, Response};
///
/// let capacity = ProviderErrorKind::Capacity { scope: "us-east-1a".into() };
/// assert_eq!(capacity.response(), Response::FallBack);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// Too many calls.
    Throttled {
        /// How long the backend asks to wait.
        retry_after: Option<Duration>,
    },
    /// The backend is down or can't be reached, and the call certainly had no effect.
    Unavailable,
    /// There is none left of what was asked for.
    Capacity {
        /// Where: a zone, a region.
        scope: String,
    },
    /// The account may not have so much.
    Quota {
        /// The quota's name.
        name: String,
        /// How much it allows.
        limit: Option<u64>,
        /// How much is in use.
        used: Option<u64>,
    },
    /// The credentials don't allow it.
    Unauthorized {
        /// The action that is missing, e.g. `ec2:RunInstances`.
        action: String,
    },
    /// The backend doesn't take an attribute as it is.
    Invalid {
        /// Which; empty when it doesn't say.
        attribute: String,
    },
    /// Something else changed the object meanwhile, uses it, or holds its name. It may pass, as
    /// when the other is being deleted, and it may not: whoever retries must give up some time.
    Conflict,
    /// The backend can't do that at all.
    Unsupported,
    /// There was no answer, so the call may have had its effect.
    OutcomeUnknown,
}

/// How to go on after an error.
///
/// ```
/// use mlinfra_provider_api::{ProviderErrorKind, Response};
///
/// assert_eq!(ProviderErrorKind::Unavailable.response(), Response::Retry);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// The same call again, later.
    Retry,
    /// Read what is there, then decide.
    ReadThenRetry,
    /// Take what the plan ranks next.
    FallBack,
    /// Nothing that a program can decide.
    AskUser,
    /// A mistake of mlinfra's.
    Bug,
}

impl ProviderErrorKind {
    /// How to go on.
    ///
    /// ```
    /// use mlinfra_provider_api::{ProviderErrorKind, Response};
    ///
    /// assert_eq!(ProviderErrorKind::OutcomeUnknown.response(), Response::ReadThenRetry);
    /// ```
    #[must_use]
    pub const fn response(&self) -> Response {
        match self {
            Self::Throttled { .. } | Self::Unavailable => Response::Retry,
            Self::OutcomeUnknown | Self::Conflict => Response::ReadThenRetry,
            Self::Capacity { .. } => Response::FallBack,
            Self::Quota { .. } | Self::Unauthorized { .. } | Self::Invalid { .. } => {
                Response::AskUser
            }
            Self::Unsupported => Response::Bug,
        }
    }

    /// Its stable name, in journals and JSON.
    ///
    /// ```
    /// use mlinfra_provider_api::ProviderErrorKind;
    ///
    /// assert_eq!(ProviderErrorKind::OutcomeUnknown.slug(), "outcome-unknown");
    /// ```
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::Unavailable => "unavailable",
            Self::Capacity { .. } => "capacity",
            Self::Quota { .. } => "quota",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Invalid { .. } => "invalid",
            Self::Conflict => "conflict",
            Self::Unsupported => "unsupported",
            Self::OutcomeUnknown => "outcome-unknown",
        }
    }
}

impl ProviderError {
    /// An error in mlinfra's own words.
    ///
    /// ```
    /// use mlinfra_provider_api::{ProviderError, ProviderErrorKind};
    ///
    /// let error = ProviderError::new(ProviderErrorKind::Unavailable, "connection refused");
    /// assert_eq!(error.code, None);
    /// ```
    #[must_use]
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            code: None,
        }
    }

    /// With the backend's own code.
    ///
    /// ```
    /// use mlinfra_provider_api::{ProviderError, ProviderErrorKind};
    ///
    /// let error = ProviderError::new(ProviderErrorKind::Conflict, "in use")
    ///     .code("DependencyViolation");
    /// assert_eq!(error.code.as_deref(), Some("DependencyViolation"));
    /// ```
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            ..self
        }
    }
}
