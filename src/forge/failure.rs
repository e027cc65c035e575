//! What can go wrong at a forge.

/// Why a request came to nothing. Texts of the forge are in it with the token left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// 401.
    #[error("The token isn't accepted: {0}")]
    Unauthorized(String),
    /// 403.
    #[error("It isn't allowed: {0}")]
    Forbidden(String),
    /// 404 or 410.
    #[error("It isn't there: {0}")]
    NotFound(String),
    /// Any other status that says that the request is wrong.
    #[error("The answer was {status}: {message}")]
    Refused {
        /// The status.
        status: u16,
        /// What the forge says.
        message: String,
    },
    /// No requests are wanted until a time that is too far away.
    #[error("No more requests are answered before {until}: {message}")]
    RateLimited {
        /// RFC 3339.
        until: String,
        /// What the forge says.
        message: String,
    },
    /// No answer, or only 5xx, until time or attempts ran out.
    #[error("After {attempts}: {why}")]
    Unreachable {
        /// `1 attempt`, `6 attempts`.
        attempts: String,
        /// What the last one ended with.
        why: String,
    },
    /// An answer that isn't understood.
    #[error("{0}")]
    Unexpected(String),
}
