//! What a run that died left open: looked up, and settled as far as one look tells.
//!
//! Each provider is asked once for all that carries the owner's tag. What was made is adopted, what
//! was deleted is forgotten. What isn't there may still come, so that it stays open: the next run
//! makes it under the same key, which does no harm if it comes, or [`settle_absent`] waits for it.
//!
//! [`settle_absent`]: super::settle_absent

use mlinfra_provider_api::{Desired, ObjectId, OpKey, ProviderError};

use super::ask::{self, Providers};
use super::runtime::{Clock, Task, all};
use super::search::{Notes, Search, Sought, never, settle};
use super::strays::Stray;
use crate::state::{Event, Intent};
use crate::store::vault::{Vault, VaultError};

/// What became of operations that a run left open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Addresses of objects that were made, and are in the state now.
    pub adopted: Vec<String>,
    /// Addresses of objects that were never made, or were deleted since.
    pub never_made: Vec<String>,
    /// Addresses of objects that are gone.
    pub gone: Vec<String>,
    /// Addresses that couldn't be looked up, with what the provider says: they stay open.
    pub unknown: Vec<(String, String)>,
    /// Providers that couldn't list what they have, with what they say: there may be more of theirs.
    pub unlisted: Vec<(String, ProviderError)>,
    /// Objects that aren't there, or not as they are to be, and may still come to be so.
    pub open: Vec<Open>,
    /// Objects that neither the state nor the journal knows.
    pub strays: Vec<Stray>,
}

/// An object that a run was about to make or change, and that isn't as it is to be so far. To be made
/// by the next run under the same key, or given to [`settle_absent`](super::settle_absent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The operation's key.
    pub key: OpKey,
    /// Its last attempt.
    pub attempt: u32,
    /// The object's address.
    pub address: String,
    /// Whose API.
    pub provider: String,
    /// What it is to be, with what references stood for.
    pub desired: Desired,
    /// What it is for.
    pub intent: Intent,
    /// The object, where there is one that isn't ready or changed yet: the state has it.
    pub found: Option<ObjectId>,
}

impl Recovered {
    /// Whether everything is known that there may be.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.unknown.is_empty() && self.unlisted.is_empty()
    }
}

/// Looks up every operation that was begun and of which nothing tells how it ended, notes what is
/// found, and commits it. Nothing is waited for but answers.
///
/// # Errors
///
/// [`VaultError`] when what was found can't be written.
pub async fn recover(
    vault: &mut Vault<'_>,
    providers: &Providers<'_>,
    clock: &dyn Clock,
) -> Result<Recovered, VaultError> {
    let mut recovered = Recovered::default();
    let mut notes = made(vault, providers, clock, &mut recovered).await;
    notes.extend(removed(vault, providers, clock, &mut recovered).await);
    if !notes.is_empty() {
        vault.note(notes, clock.now()).await?;
        vault.commit(|_| {}, clock.now()).await?;
    }
    Ok(recovered)
}

/// What became of objects that were about to be made or changed.
async fn made(
    vault: &Vault<'_>,
    providers: &Providers<'_>,
    clock: &dyn Clock,
    recovered: &mut Recovered,
) -> Notes {
    let mut notes = Notes::new();
    let state = vault.state();
    let Ok(owner) = state.owner() else {
        return notes;
    };
    // Providers that are of no use now are asked as well: what they had may be what is missing.
    let mut names: Vec<&String> = providers.keys().collect();
    names.extend(vault.unsettled().values().filter_map(|u| match &u.event {
        Event::EnsureStarted { provider, .. } => Some(provider),
        _ => None,
    }));
    names.sort_unstable();
    names.dedup();
    for (name, list) in &ask::lists(names, &owner, providers, clock).await {
        let sought = vault.unsettled().iter();
        let sought = sought.filter_map(|(key, unsettled)| Sought::of(*key, unsettled, name));
        let objects = match list {
            Ok(objects) => objects,
            Err(error) => {
                let unknown = sought.map(|sought| (sought.address(), error.message.clone()));
                recovered.unknown.extend(unknown);
                recovered.unlisted.push((name.clone(), error.clone()));
                continue;
            }
        };
        let mut search = Search::new(state, name, objects);
        for found in search.for_all(sought) {
            settle(found, name, &mut notes, recovered);
        }
        recovered
            .strays
            .extend(search.strays(objects).map(|object| Stray {
                provider: name.clone(),
                observed: object.clone(),
            }));
    }
    notes
}

/// What became of objects that were about to be deleted. One that is there is in the state still,
/// and whoever wants it gone asks again.
async fn removed(
    vault: &Vault<'_>,
    providers: &Providers<'_>,
    clock: &dyn Clock,
    recovered: &mut Recovered,
) -> Notes {
    let unsettled = vault.unsettled().iter();
    let tasks = unsettled.filter_map(|(key, unsettled)| {
        let (Event::RemoveStarted {
            address,
            provider,
            id,
        }
        | Event::UndoStarted {
            address,
            provider,
            id,
        }) = &unsettled.event
        else {
            return None;
        };
        let is_undo = matches!(unsettled.event, Event::UndoStarted { .. });
        let task: Task<'_, _> = Box::pin(async move {
            let read = ask::read(provider, id, providers, clock).await;
            (*key, unsettled.attempt, is_undo, address, read)
        });
        Some(task)
    });
    let mut notes = Notes::new();
    for (key, attempt, is_undo, address, read) in all(ask::PARALLEL, tasks).await {
        let event = match (read, is_undo) {
            (Err(error), _) => {
                recovered.unknown.push((address.clone(), error.message));
                continue;
            }
            (Ok(None), is_undo) => {
                recovered.gone.push(address.clone());
                if is_undo {
                    Event::UndoFinished
                } else {
                    Event::Removed
                }
            }
            (Ok(Some(_)), true) => Event::UndoFailed {
                message: STILL_THERE.into(),
            },
            (Ok(Some(_)), false) => never(STILL_THERE),
        };
        notes.push((key, attempt, event));
    }
    notes
}

const STILL_THERE: &str = "the run ended before it was gone";
