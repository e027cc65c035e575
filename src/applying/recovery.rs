//! What a run that died left open: looked up, and settled.

use std::collections::BTreeMap;
use std::time::Duration;

use mlinfra_provider_api::{Desired, ObjectId, OpKey, Provider, ProviderError};

use super::call;
use super::runtime::Clock;
use crate::state::{Event, Unsettled};
use crate::store::vault::{Vault, VaultError};

/// How often it is looked for an object that a run was about to make, and how long between: lists
/// of clouds may be some seconds behind.
const LOOKS: u32 = 5;
const BETWEEN: Duration = Duration::from_secs(2);

/// What became of operations that a run left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Addresses of objects that were made, and are in the state now.
    pub adopted: Vec<String>,
    /// Addresses of objects that were never made.
    pub never_made: Vec<String>,
    /// Addresses of objects that are gone.
    pub gone: Vec<String>,
    /// Addresses that couldn't be looked up, with what the provider says: they stay open.
    pub unknown: Vec<(String, String)>,
}

/// Looks up every operation that was begun and of which nothing tells how it ended, notes what is
/// found, and commits it.
///
/// # Errors
///
/// [`VaultError`] when what was found can't be written.
pub async fn recover(
    vault: &mut Vault<'_>,
    providers: &BTreeMap<String, &dyn Provider>,
    clock: &dyn Clock,
) -> Result<Recovered, VaultError> {
    let open: Vec<(OpKey, Unsettled)> = vault
        .unsettled()
        .iter()
        .map(|(key, unsettled)| (*key, unsettled.clone()))
        .collect();
    let mut recovered = Recovered::default();
    if open.is_empty() {
        return Ok(recovered);
    }
    for (key, unsettled) in open {
        let Some(event) = settled(key, &unsettled, providers, clock, &mut recovered).await else {
            continue;
        };
        let events = vec![(key, unsettled.attempt, event)];
        vault.note(events, clock.now()).await?;
    }
    vault.commit(|_| {}, clock.now()).await?;
    Ok(recovered)
}

/// What became of an operation; `None` when it can't be found out.
async fn settled(
    key: OpKey,
    unsettled: &Unsettled,
    providers: &BTreeMap<String, &dyn Provider>,
    clock: &dyn Clock,
    recovered: &mut Recovered,
) -> Option<Event> {
    let (Event::EnsureStarted {
        address, provider, ..
    }
    | Event::RemoveStarted {
        address, provider, ..
    }) = &unsettled.event
    else {
        return None;
    };
    let mut unknown = |why: String| recovered.unknown.push((address.clone(), why));
    let Some(provider) = providers.get(provider).copied() else {
        unknown(format!("there is no provider `{provider}`"));
        return None;
    };
    let event = match &unsettled.event {
        Event::EnsureStarted { desired, .. } => made(key, desired, provider, clock).await,
        Event::RemoveStarted { id, .. } => removed(id, provider).await,
        _ => return None,
    };
    let event = match event {
        Ok(event) => event,
        Err(error) => {
            unknown(error.message);
            return None;
        }
    };
    match &event {
        Event::Ensured { .. } => recovered.adopted.push(address.clone()),
        Event::Removed => recovered.gone.push(address.clone()),
        Event::Failed { .. } if matches!(unsettled.event, Event::EnsureStarted { .. }) => {
            recovered.never_made.push(address.clone());
        }
        _ => {}
    }
    Some(event)
}

/// What became of an object that was about to be made.
async fn made(
    key: OpKey,
    desired: &Desired,
    provider: &dyn Provider,
    clock: &dyn Clock,
) -> Result<Event, ProviderError> {
    for look in 0..LOOKS {
        if look > 0 {
            clock.sleep(BETWEEN).await;
        }
        if let Some(observed) = call::find(provider, key, desired).await? {
            return Ok(Event::Ensured { observed });
        }
    }
    Ok(never("the run ended before it was made"))
}

/// What became of an object that was about to be deleted. One that is there is in the state still,
/// and whoever wants it gone asks again.
async fn removed(id: &ObjectId, provider: &dyn Provider) -> Result<Event, ProviderError> {
    Ok(match provider.read(id).await? {
        None => Event::Removed,
        Some(_) => never("the run ended before it was gone"),
    })
}

fn never(message: &str) -> Event {
    Event::Failed {
        kind: "outcome-unknown".into(),
        message: message.into(),
    }
}
