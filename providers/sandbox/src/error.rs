//! What goes wrong with the sandbox itself, and what a caller of the contract is told of it.

use std::io;
use std::path::PathBuf;

use mlinfra_provider_api::{ObjectId, ProviderError, ProviderErrorKind};

/// Something that the sandbox can't do, beside what its script makes it refuse.
///
/// ```
/// use std::sync::Arc;
///
/// use mlinfra_provider_api::{ObjectId, ObjectKind};
/// use mlinfra_provider_sandbox::{ManualClock, Sandbox, Script};
///
/// let sandbox = Sandbox::in_memory(Script::default(), Arc::new(ManualClock::default()));
/// let id = ObjectId {
///     kind: ObjectKind::new("volume").unwrap(),
///     scope: "home-1".into(),
///     id: "volume-000001".into(),
/// };
/// let error = sandbox.delete(&id).unwrap_err();
/// assert_eq!(error.to_string(), "the sandbox has no volume home-1/volume-000001");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// A file can't be read or written. Nothing was changed.
    #[error("cannot {doing} {path}", path = path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The change was made, but the disk doesn't say that it would outlive a power cut.
    #[error("cannot make sure that {path} is on disk", path = path.display())]
    Unsynced {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file isn't what it should be.
    #[error("{path} isn't a file that the sandbox understands", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A newer mlinfra wrote the file.
    #[error("{path} has format version {found}, which this mlinfra doesn't know", path = path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// There is no such object.
    #[error("the sandbox has no {0}")]
    NoSuchObject(ObjectId),
    /// Only spot nodes are interrupted.
    #[error("{0} isn't of spot nodes")]
    NotSpot(ObjectId),
}

impl From<&SandboxError> for ProviderErrorKind {
    fn from(error: &SandboxError) -> Self {
        match error {
            SandboxError::Io { .. } => Self::Unavailable,
            SandboxError::Unsynced { .. } => Self::OutcomeUnknown,
            // No repetition helps; a person has to look at the file.
            _ => Self::Invalid {
                attribute: String::new(),
            },
        }
    }
}

impl From<SandboxError> for ProviderError {
    fn from(error: SandboxError) -> Self {
        let kind = (&error).into();
        let source = std::error::Error::source(&error);
        let message = match source {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        Self::new(kind, message)
    }
}
