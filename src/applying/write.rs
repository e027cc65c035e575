//! The writes of a run. While one is under way, calls go on, and what they end with is written next,
//! all of it at once: a place that takes its time costs less the more there is to do.

use std::pin::pin;
use std::task::Poll;

use super::run::{Happened, Run};
use super::runtime::Tasks;
use crate::store::lease::LeaseError;
use crate::store::vault::VaultError;

impl Run<'_, '_, '_> {
    /// Writes what was noted, all of it at once; then tells it, and makes the calls.
    pub(super) async fn write(&mut self) -> Result<(), VaultError> {
        let due = !self.notes.is_empty() && self.vault.is_over(self.now());
        if std::mem::take(&mut self.renew) || due {
            self.renew_lease().await?;
        }
        if !self.notes.is_empty() && !self.left {
            let notes = std::mem::take(&mut self.notes);
            let note = self.vault.note(notes, self.engine.clock.now());
            match beside(&mut self.tasks, &mut self.happened, note).await {
                Some(noted) => noted?,
                None => self.give_up(),
            }
        }
        // A process that froze while it wrote: somebody else may hold the lease by now.
        if !self.launches.is_empty() && !self.left && self.vault.is_over(self.now()) {
            self.renew_lease().await?;
        }
        if self.left {
            return Ok(());
        }
        for news in self.news.drain(..) {
            news(self.progress);
        }
        for task in self.launches.drain(..) {
            self.tasks.push(task);
        }
        Ok(())
    }

    async fn renew_lease(&mut self) -> Result<(), VaultError> {
        let renew = self.vault.renew(self.engine.clock.now());
        match beside(&mut self.tasks, &mut self.happened, renew).await {
            Some(Ok(())) => Ok(()),
            // The place can't be reached just now; the lease holds for a while still.
            Some(Err(LeaseError::Blobs(_))) if !self.vault.is_over(self.now()) => {
                let soon = self.engine.limits.renew_every / 4;
                self.later(soon, Happened::Renew);
                Ok(())
            }
            Some(Err(error)) => Err(error.into()),
            None => {
                self.give_up();
                Ok(())
            }
        }
    }

    /// The run is to end, and a write doesn't.
    const fn give_up(&mut self) {
        self.left = true;
        self.unsaved = true;
    }
}

/// What a write ends with, while tasks go on; what they end with waits. `None` when the time for all
/// that is over.
async fn beside<'t, T>(
    tasks: &mut Tasks<'t, Happened>,
    happened: &mut Vec<Happened>,
    write: impl Future<Output = T>,
) -> Option<T> {
    let mut write = pin!(write);
    std::future::poll_fn(|context| {
        if let Poll::Ready(written) = write.as_mut().poll(context) {
            return Poll::Ready(Some(written));
        }
        while let Poll::Ready(next) = tasks.poll_next(context) {
            if matches!(next, Happened::Leave) {
                return Poll::Ready(None);
            }
            happened.push(next);
        }
        Poll::Pending
    })
    .await
}
