//! What a run that died left open: looked up, and settled.

use std::collections::BTreeMap;
use std::time::Duration;

use mlinfra_provider_api::{OpKey, Provider};

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
    match &unsettled.event {
        Event::EnsureStarted {
            address,
            provider,
            desired,
        } => {
            let mut unknown = |why: String| recovered.unknown.push((address.clone(), why));
            let Some(provider) = providers.get(provider) else {
                unknown(format!("there is no provider `{provider}`"));
                return None;
            };
            for look in 0..LOOKS {
                if look > 0 {
                    clock.sleep(BETWEEN).await;
                }
                match call::find(*provider, key, desired).await {
                    Ok(Some(observed)) => {
                        recovered.adopted.push(address.clone());
                        return Some(Event::Ensured { observed });
                    }
                    Ok(None) => {}
                    Err(error) => {
                        unknown(error.message);
                        return None;
                    }
                }
            }
            recovered.never_made.push(address.clone());
            Some(Event::Failed {
                kind: "outcome-unknown".into(),
                message: "the run ended before it was made".into(),
            })
        }
        Event::RemoveStarted {
            address,
            provider,
            id,
        } => {
            let mut unknown = |why: String| recovered.unknown.push((address.clone(), why));
            let Some(provider) = providers.get(provider) else {
                unknown(format!("there is no provider `{provider}`"));
                return None;
            };
            match provider.read(id).await {
                Ok(None) => {
                    recovered.gone.push(address.clone());
                    Some(Event::Removed)
                }
                // It is in the state still, and whoever wants it gone asks again.
                Ok(Some(_)) => Some(Event::Failed {
                    kind: "outcome-unknown".into(),
                    message: "the run ended before it was gone".into(),
                }),
                Err(error) => {
                    unknown(error.message);
                    None
                }
            }
        }
        _ => None,
    }
}
