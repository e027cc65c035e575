//! Putting another state in, and taking the lease from a holder that hangs.

use jiff::Timestamp;

use super::super::blobs::Blobs;
use super::super::lease::{Held, Holder};
use super::opening::Wanted;
use super::{Vault, VaultError, glimpse};
use crate::state::State;

impl Vault<'_> {
    /// Puts another state in the place of this one. Its serial is then higher than both had. What
    /// was begun and not ended stays open.
    ///
    /// # Errors
    ///
    /// [`VaultError::OtherProject`] always; [`VaultError::OtherLineage`], [`VaultError::Older`] and
    /// [`VaultError::Diverged`] unless it is forced.
    pub async fn push(
        &mut self,
        state: State,
        force: bool,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        if state.project != self.state.project {
            let found = state.project;
            return Err(VaultError::OtherProject { found });
        }
        if !force && let Some(expected) = self.found {
            self.follows(&state, expected)?;
        }
        let put = |own: &mut State| {
            *own = State {
                serial: own.serial.max(state.serial),
                fence: own.fence,
                ..state
            };
        };
        self.commit(put, now).await
    }

    /// Whether a state is a later one of this, which had serial `expected` when it was opened.
    fn follows(&self, state: &State, expected: u64) -> Result<(), VaultError> {
        let own = &self.state;
        if state.lineage != own.lineage {
            return Err(VaultError::OtherLineage {
                found: state.lineage.clone(),
                expected: own.lineage.clone(),
            });
        }
        let found = state.serial;
        if found < expected {
            return Err(VaultError::Older { found, expected });
        }
        let same = state.objects == own.objects
            && state.deposed == own.deposed
            && state.consumed == own.consumed;
        if found == expected && !same {
            return Err(VaultError::Diverged { serial: found });
        }
        Ok(())
    }
}

/// Takes the lease from whoever has it under this number, and gives it back. Whatever the old holder
/// still writes fails from then on: it is as if somebody had opened the state.
///
/// # Errors
///
/// [`LeaseError::NotThat`](super::super::lease::LeaseError::NotThat) when nobody has it under that number.
pub async fn break_open(
    blobs: &dyn Blobs,
    fence: u64,
    holder: Holder,
    now: Timestamp,
) -> Result<(), VaultError> {
    let held = Held::take_from(blobs, fence, holder, now).await?;
    match claim(blobs, held.clone(), now).await {
        Ok(Some(vault)) => Ok(vault.close().await?),
        Ok(None) => Ok(held.release(blobs).await?),
        Err(error) => {
            // It is free whatever the state is like; what is wrong with that is told.
            drop(held.release(blobs).await);
            Err(error)
        }
    }
}

/// Opens whatever state is there.
async fn claim(
    blobs: &dyn Blobs,
    held: Held,
    now: Timestamp,
) -> Result<Option<Vault<'_>>, VaultError> {
    let Some(state) = glimpse(blobs).await? else {
        return Ok(None);
    };
    let wanted = Wanted {
        project: &state.project,
        lineage: &state.lineage,
        older: false,
    };
    Vault::claim(blobs, held, wanted, now).await.map(Some)
}
