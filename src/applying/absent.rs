//! Operations that a dead run left open and that nobody goes on with: waited for, and given up.

use std::collections::BTreeSet;
use std::time::Duration;

use mlinfra_provider_api::OpKey;

use super::ask::{self, Providers};
use super::recovery::Recovered;
use super::runtime::Clock;
use super::search::{Finding, Notes, Search, Sought, never};
use crate::state::Event;
use crate::store::vault::{Vault, VaultError};

/// How often it is looked for an object that a run was about to make, and how long between: lists
/// of clouds may be some seconds behind, and a call may have been under way.
const LOOKS: u32 = 5;
const BETWEEN: Duration = Duration::from_secs(2);

/// Looks for what operations were about to make that the next graph doesn't go on with. What is found
/// is adopted. What isn't found for eight seconds was never made.
///
/// # Errors
///
/// [`VaultError`] when what was found can't be written.
pub async fn settle_absent(
    vault: &mut Vault<'_>,
    providers: &Providers<'_>,
    clock: &dyn Clock,
    keys: &BTreeSet<OpKey>,
) -> Result<Recovered, VaultError> {
    let mut recovered = Recovered::default();
    for look in 1..=LOOKS {
        let notes = looked(vault, providers, clock, keys, &mut recovered, look == LOOKS).await;
        vault.note(notes, clock.now()).await?;
        let is_open = |key: &OpKey| vault.unsettled().contains_key(key);
        if !keys.iter().any(is_open) || !recovered.unknown.is_empty() {
            break;
        }
        clock.sleep(BETWEEN).await;
    }
    vault.commit(|_| {}, clock.now()).await?;
    Ok(recovered)
}

/// One look at each provider.
async fn looked(
    vault: &Vault<'_>,
    providers: &Providers<'_>,
    clock: &dyn Clock,
    keys: &BTreeSet<OpKey>,
    recovered: &mut Recovered,
    is_last: bool,
) -> Notes {
    let mut notes = Notes::new();
    let state = vault.state();
    let Ok(owner) = state.owner() else {
        return notes;
    };
    let unsettled = vault.unsettled().iter();
    let unsettled = unsettled.filter(|(key, _)| keys.contains(key));
    let unsettled: Vec<_> = unsettled.collect();
    let names: BTreeSet<&String> = unsettled
        .iter()
        .filter_map(|(_, unsettled)| match &unsettled.event {
            Event::EnsureStarted { provider, .. } => Some(provider),
            _ => None,
        })
        .collect();
    for (name, list) in &ask::lists(names, &owner, providers, clock).await {
        let sought = unsettled.iter();
        let sought = sought.filter_map(|(key, unsettled)| Sought::of(**key, unsettled, name));
        let objects = match list {
            Ok(objects) => objects,
            Err(error) => {
                let unknown = sought.map(|sought| (sought.address(), error.message.clone()));
                recovered.unknown.extend(unknown);
                continue;
            }
        };
        for (sought, finding) in Search::new(state, name, objects).for_all(sought) {
            let event = match finding {
                Finding::Made(made) => {
                    recovered.adopted.push(sought.address());
                    let observed = made.clone();
                    Event::Ensured { observed }
                }
                Finding::Deleted | Finding::Unchanged(_) => {
                    recovered.never_made.push(sought.address());
                    never("the run ended before it was as it was to be")
                }
                Finding::Nothing if is_last => {
                    recovered.never_made.push(sought.address());
                    never("the run ended before it was made")
                }
                Finding::Nothing => continue,
            };
            notes.push(sought.noted(event));
        }
    }
    notes
}
