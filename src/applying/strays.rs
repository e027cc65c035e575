//! Objects that carry the owner's tag and that neither state nor journal knows.
//!
//! A call that was under way when its process died may reach the cloud after everybody has stopped
//! looking for it. What it made is found by its tag, and the next plan removes it.

use mlinfra_provider_api::{Attributes, Observed, OpKey};

use super::runtime::Clock;
use crate::state::{Intent, StateObject};
use crate::store::vault::{Vault, VaultError};

/// Where strays await their deletion in the state.
const ADDRESS: &str = "stray";

/// An object of ours that nothing tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Whose API.
    pub provider: String,
    /// What was listed.
    pub observed: Observed,
}

/// Puts strays into the state, as objects that await their deletion: every plan removes those.
///
/// # Errors
///
/// [`VaultError`] when that can't be written.
pub async fn take_strays(
    vault: &mut Vault<'_>,
    strays: &[Stray],
    clock: &dyn Clock,
) -> Result<(), VaultError> {
    if strays.is_empty() {
        return Ok(());
    }
    let taken: Vec<StateObject> = strays.iter().map(taken).collect();
    let take = |state: &mut crate::state::State| {
        let deposed = state.deposed.entry(ADDRESS.to_owned()).or_default();
        for object in taken {
            if deposed.iter().all(|there| there.id != object.id) {
                deposed.push(object);
            }
        }
    };
    vault.commit(take, clock.now()).await
}

fn taken(stray: &Stray) -> StateObject {
    let Stray { provider, observed } = stray;
    StateObject {
        provider: provider.clone(),
        id: observed.id.clone(),
        name: observed.name.clone(),
        desired: Attributes::new(),
        observed: observed.attributes.clone(),
        made_by: observed.op_key.unwrap_or(OpKey::new([0; 32])),
        tainted: true,
        intent: Intent::default(),
    }
}
