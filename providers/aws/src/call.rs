//! Why a call failed: what the SDK says of it, in the closed kinds of the contract.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use mlinfra_provider_api::{ProviderError, ProviderErrorKind, Removal};

use crate::codes;

/// What is said where no credentials are found: where the SDK looked, and ways out.
const NO_CREDENTIALS: &str = "no AWS credentials were found in the environment \
    (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), the profile (AWS_PROFILE in ~/.aws/config and \
    ~/.aws/credentials), a web identity, or the role of this container or machine; set the \
    variables, or run `aws sso login` or `aws configure`";

/// A call that is being made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The permission that it needs.
    action: &'static str,
    /// Whether it may have changed something when no answer comes.
    changes: bool,
    /// Where it needs capacity: a zone, or a region.
    place: &'a str,
}

impl<'a> Call<'a> {
    /// One that changes nothing.
    pub(crate) const fn read(action: &'static str) -> Self {
        Self {
            action,
            changes: false,
            place: "",
        }
    }

    /// One that changes something.
    pub(crate) const fn change(action: &'static str) -> Self {
        Self {
            changes: true,
            ..Self::read(action)
        }
    }

    /// The same, for capacity in a zone or region.
    pub(crate) const fn at<'b>(self, place: &'b str) -> Call<'b> {
        let Self {
            action, changes, ..
        } = self;
        Call {
            action,
            changes,
            place,
        }
    }

    /// What its failure means.
    pub(crate) fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> ProviderError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        if let SdkError::ServiceError(service) = &error {
            let status = service.raw().status().as_u16();
            let (code, message) = (service.err().code(), service.err().message());
            return self.refused(
                code.unwrap_or_default(),
                message.unwrap_or_default(),
                status,
            );
        }
        let credentials = causes(&error).find_map(|cause| cause.downcast_ref());
        if let Some(why) = credentials {
            return self.kind(self.unauthorized(), without_credentials(why));
        }
        let words = format!("{} has no answer: {}", self.action, context(&error));
        if matches!(error, SdkError::ConstructionFailure(_)) {
            let attribute = String::new();
            return self.kind(ProviderErrorKind::Invalid { attribute }, words);
        }
        self.kind(self.unanswered(never_sent(&error)), words)
    }

    /// What an answer means that is a refusal.
    pub(crate) fn refused(&self, code: &str, message: &str, status: u16) -> ProviderError {
        // What follows is for `sts:DecodeAuthorizationMessage`, up to ten thousand characters.
        let message = message
            .split("Encoded authorization failure message")
            .next();
        let message = message.unwrap_or_default().trim();
        let kind = codes::kind(code, message).map(|kind| self.placed(kind, message));
        let kind = kind.unwrap_or_else(|| match status {
            500.. => self.unanswered(false),
            _ => ProviderErrorKind::Invalid {
                attribute: String::new(),
            },
        });
        let message = match message {
            "" => format!("{} was refused", self.action),
            message => message.to_owned(),
        };
        ProviderError::new(kind, message).code(code)
    }

    /// With what the code alone doesn't tell.
    fn placed(&self, kind: ProviderErrorKind, message: &str) -> ProviderErrorKind {
        match kind {
            ProviderErrorKind::Capacity { .. } => ProviderErrorKind::Capacity {
                scope: self.place.to_owned(),
            },
            ProviderErrorKind::Unauthorized { .. } if message.contains("iam:PassRole") => {
                let action = "iam:PassRole".to_owned();
                ProviderErrorKind::Unauthorized { action }
            }
            ProviderErrorKind::Unauthorized { .. } => self.unauthorized(),
            ProviderErrorKind::OutcomeUnknown => self.unanswered(false),
            kind => kind,
        }
    }

    fn unauthorized(&self) -> ProviderErrorKind {
        ProviderErrorKind::Unauthorized {
            action: self.action.to_owned(),
        }
    }

    /// What it means that nothing is known of a call, or that it was certainly never sent.
    const fn unanswered(&self, never_sent: bool) -> ProviderErrorKind {
        if self.changes && !never_sent {
            ProviderErrorKind::OutcomeUnknown
        } else {
            ProviderErrorKind::Unavailable
        }
    }

    fn kind(&self, kind: ProviderErrorKind, message: String) -> ProviderError {
        ProviderError::new(kind, message)
    }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Why there are no credentials, and a way out.
fn without_credentials(why: &CredentialsError) -> String {
    match why {
        CredentialsError::CredentialsNotLoaded(_) => NO_CREDENTIALS.to_owned(),
        why => format!(
            "the AWS credentials can't be used: {}; if they have expired, run `aws sso login`",
            context(why)
        ),
    }
}

/// Whether the connection was never made: refused, timed out, or without an address.
///
/// hyper says so in words alone once its error has gone through the SDK's.
fn never_sent(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| cause.to_string().contains("client error (Connect)"))
}

/// All causes, from the outermost.
fn context(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = causes(error).map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

/// What a request to delete came to, where codes that begin so say that nothing is there.
pub(crate) fn removed(
    done: Result<(), ProviderError>,
    code: &str,
) -> Result<Removal, ProviderError> {
    match done {
        Ok(()) => Ok(Removal::Requested),
        Err(error) if is_absence(&error, code) => Ok(Removal::Gone),
        Err(error) => Err(error),
    }
}

/// Whether nothing is there, by codes that begin so.
pub(crate) fn is_absence(error: &ProviderError, begin: &str) -> bool {
    let ends = [
        ".NotFound",
        ".Malformed",
        ".Unknown",
        "NotFoundException",
        ".UnknownGroup",
    ];
    let code = error.code.as_deref().unwrap_or_default();
    code.starts_with(begin) && ends.iter().any(|end| code.ends_with(end))
}
