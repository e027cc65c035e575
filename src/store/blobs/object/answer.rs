//! What an error of a store means for the call that it answers.

use object_store::Error;

use super::super::{BlobError, When};
use super::watch::Call;

/// A call that didn't do what it was to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    kind: Kind,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What the write depends on doesn't hold.
    Conflict,
    /// It had no effect, and may have one if it is tried again.
    Busy,
    /// Nobody knows whether it had its effect, and trying again may help.
    Unsure,
    /// The same, and it took so long that it isn't tried again.
    Late,
    Denied,
    Failed,
}

impl Trouble {
    const fn new(kind: Kind, message: String) -> Self {
        Self { kind, message }
    }

    /// The store gave an object without what tells its versions apart. Every store that is known
    /// gives it.
    pub(super) fn unnamed() -> Self {
        let message = "the store doesn't tell versions of an object apart";
        Self::new(Kind::Late, message.into())
    }

    /// Of a write that came so far.
    ///
    /// 409 is how S3 says that another conditional write of the same object is under way, which
    /// hasn't failed what this one depends on
    /// (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html); Azure says with it
    /// that a blob which was to be made is there.
    pub(super) fn of_write(call: Call, when: &When, error: &Error) -> Self {
        let text = error.to_string();
        let under_way = || {
            let codes = ["ConditionalRequestConflict", "OperationAborted"];
            codes.iter().any(|code| text.contains(code))
        };
        let kind = match call {
            Call::NotSent => Kind::Denied,
            Call::NotConnected => Kind::Busy,
            Call::Interrupted => Kind::Unsure,
            Call::TimedOut => Kind::Late,
            Call::Answered(status) => match status {
                304 | 412 => Kind::Conflict,
                409 if under_way() => Kind::Busy,
                409 => Kind::Conflict,
                404 if matches!(when, When::Is(_)) && !is_no_bucket(&text) => Kind::Conflict,
                401 | 403 => Kind::Denied,
                429 => Kind::Busy,
                408 | 500.. => Kind::Unsure,
                200..300 => Kind::Late,
                _ => Kind::Failed,
            },
        };
        Self::new(kind, told(call, error))
    }

    /// Of a read that came so far: it has no effect whatever becomes of it.
    pub(super) fn of_read(call: Call, error: &Error) -> Self {
        let kind = match call {
            Call::NotSent | Call::Answered(401 | 403) => Kind::Denied,
            Call::TimedOut => Kind::Failed,
            // An answer that breaks off is answered too.
            Call::NotConnected
            | Call::Interrupted
            | Call::Answered(200..300 | 408 | 429 | 500..) => Kind::Busy,
            Call::Answered(_) => Kind::Failed,
        };
        Self::new(kind, told(call, error))
    }

    /// Of a call of which it isn't known how far it came, and which may be tried again in any case.
    pub(super) fn of_any(error: &Error) -> Self {
        let kind = match error {
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => Kind::Denied,
            Error::NotFound { .. } => Kind::Failed,
            _ => Kind::Busy,
        };
        Self::new(kind, told(Call::Interrupted, error))
    }

    /// Whether trying again can help.
    pub(super) const fn may_be_repeated(&self) -> bool {
        matches!(self.kind, Kind::Busy | Kind::Unsure)
    }

    /// Whether the call may have had its effect.
    pub(super) const fn may_have_effect(&self) -> bool {
        matches!(self.kind, Kind::Unsure | Kind::Late)
    }

    /// What a write came to. Whether an earlier try may have had its effect decides: then nothing is
    /// certain any more.
    pub(super) fn told(self, name: &str, unsure: bool) -> BlobError {
        let name = name.to_owned();
        let Self { kind, message } = self;
        match kind {
            _ if unsure => BlobError::Unknown { name, message },
            Kind::Conflict => BlobError::Conflict { name },
            Kind::Unsure | Kind::Late => BlobError::Unknown { name, message },
            Kind::Denied => BlobError::Denied { name, message },
            Kind::Busy | Kind::Failed => BlobError::Failed { name, message },
        }
    }

    /// What a read came to.
    pub(super) fn told_of_read(self, name: &str) -> BlobError {
        let name = name.to_owned();
        let Self { kind, message } = self;
        match kind {
            Kind::Denied => BlobError::Denied { name, message },
            _ => BlobError::Failed { name, message },
        }
    }
}

/// Whether an answer says that the bucket or container isn't there, and not the object.
pub(super) fn is_no_bucket(text: &str) -> bool {
    ["NoSuchBucket", "ContainerNotFound"]
        .iter()
        .any(|code| text.contains(code))
}

/// An error in a reader's words: what the store says, else the first cause.
fn told(call: Call, error: &Error) -> String {
    let text = error.to_string();
    let part = |open: &str, close: &str| {
        let rest = text.split_once(open)?.1;
        Some(rest.split_once(close)?.0.trim().to_owned()).filter(|part| !part.is_empty())
    };
    let status = match call {
        Call::Answered(status) => format!("the store answered {status}"),
        _ => "the store answered".to_owned(),
    };
    let code = part("<Code>", "</Code>");
    let why = part("<Message>", "</Message>");
    match (code, why) {
        (Some(code), Some(why)) => {
            let line = why.lines().next().unwrap_or_default();
            format!("{status}, {code}: {}", line.trim_end_matches('.'))
        }
        (Some(code), None) => format!("{status}, {code}"),
        _ => match call {
            Call::Answered(status @ 300..) => format!("the store answered {status}"),
            Call::TimedOut => "the store didn't answer in time".to_owned(),
            Call::NotSent => format!(
                "there are no credentials that could be used: {}",
                cause(error)
            ),
            _ => cause(error),
        },
    }
}

/// What lies at the bottom of an error.
fn cause(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    text.trim_end_matches('.').to_owned()
}
