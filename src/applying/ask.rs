//! Questions to providers: asking has no effect, so it is done again where the answer fails.

use std::collections::BTreeMap;
use std::time::Duration;

use mlinfra_provider_api::{
    ObjectId, Observed, OpKey, OwnerTag, Provider, ProviderError, ProviderErrorKind, Reply,
    Response,
};

use super::pause;
use super::runtime::{Clock, Task, all, unless};

/// How often a provider is asked that is busy or can't be reached, and how long it has for an answer.
const ATTEMPTS: u32 = 5;
const ANSWER: Duration = Duration::from_mins(1);

/// Questions that are asked at the same time.
pub(super) const PARALLEL: usize = 16;

/// Providers by name.
pub(super) type Providers<'p> = BTreeMap<String, &'p dyn Provider>;

/// What a provider has of an owner.
pub(super) type List = Result<Vec<Observed>, ProviderError>;

/// All that each provider has of an owner, asked at the same time.
pub(super) async fn lists<'n>(
    names: impl IntoIterator<Item = &'n String>,
    owner: &OwnerTag,
    providers: &Providers<'_>,
    clock: &dyn Clock,
) -> BTreeMap<String, List> {
    let tasks = names.into_iter().map(|name| {
        let task: Task<'_, _> = Box::pin(async move {
            let list = match providers.get(name) {
                Some(provider) => patiently(clock, || provider.list(owner)).await,
                None => Err(no_provider(name)),
            };
            (name.clone(), list)
        });
        task
    });
    all(PARALLEL, tasks).await.into_iter().collect()
}

/// One object; `None` when it certainly isn't there.
pub(super) async fn read(
    name: &str,
    id: &ObjectId,
    providers: &Providers<'_>,
    clock: &dyn Clock,
) -> Result<Option<Observed>, ProviderError> {
    match providers.get(name) {
        Some(provider) => patiently(clock, || provider.read(id)).await,
        None => Err(no_provider(name)),
    }
}

fn no_provider(name: &str) -> ProviderError {
    let message = format!("there is no provider `{name}`");
    ProviderError::new(ProviderErrorKind::Unsupported, message)
}

async fn patiently<'c, T>(
    clock: &dyn Clock,
    call: impl Fn() -> Reply<'c, T>,
) -> Result<T, ProviderError> {
    let mut attempt = 0;
    loop {
        let answer = unless(clock.sleep(ANSWER), call()).await;
        let error = match answer.unwrap_or_else(no_answer) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let may_pass = matches!(
            error.kind.response(),
            Response::Retry | Response::ReadThenRetry
        );
        if !may_pass || attempt + 1 >= ATTEMPTS {
            return Err(error);
        }
        let pause = pause::before(attempt, &OpKey::new([0; 32]), pause::asked(&error));
        clock.sleep(pause).await;
        attempt += 1;
    }
}

fn no_answer<T>() -> Result<T, ProviderError> {
    let message = format!("there was no answer within {} s", ANSWER.as_secs());
    Err(ProviderError::new(ProviderErrorKind::Unavailable, message))
}
