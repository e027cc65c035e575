//! A state that is open, with what an earlier run left behind found out.

use std::collections::BTreeMap;

use mlinfra_provider_api::{Provider, ProviderError, ProviderErrorKind};

use super::super::Io;
use super::time::System;
use crate::applying::{self, Clock as _, Recovered};
use crate::changes::frozen::Frozen;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, apply};
use crate::store::blobs::{Blobs, Memory, When};
use crate::store::lease::{self, Holder, Lease, LeaseError};
use crate::store::vault::{self, Glimpse, Look, Vault, VaultError};

/// How long giving the lock back may take: CI systems kill a job some seconds after they asked it to
/// end, and the engine may have used most of them.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(1);

/// Who this process is, for those who find the state locked.
pub(crate) fn holder(command: &str, io: &Io) -> Holder {
    let told = |name: &str| io.env(name).map(str::to_owned);
    Holder::here(command, std::process::id(), lease::host(), told).alive()
}

/// Opens the state that a saved plan was made for; one that is begun gets the plan's identity.
pub(crate) async fn open_of<'b>(
    blobs: &'b dyn Blobs,
    frozen: &Frozen,
    command: &str,
    io: &Io,
) -> Result<Vault<'b>, Diagnostic> {
    let (holder, lineage) = (holder(command, io), &frozen.prior.lineage);
    opened(blobs, &frozen.project, lineage, holder, false).await
}

/// The state as it is, without a lock; `None` when there is none.
pub(crate) async fn look(blobs: &dyn Blobs) -> Result<Option<Look>, Diagnostic> {
    let look = vault::look(blobs).await;
    look.map_err(|error| vault::diagnostic(&error))
}

/// Which state there is; `None` when there is none.
pub(crate) async fn glimpse(blobs: &dyn Blobs) -> Result<Option<Glimpse>, Diagnostic> {
    let glimpse = vault::glimpse(blobs).await;
    glimpse.map_err(|error| vault::diagnostic(&error))
}

/// Opens the state to put another in its place, `older` also when it is older than one before.
pub(crate) async fn open_to_replace<'b>(
    blobs: &'b dyn Blobs,
    project: &str,
    older: bool,
    io: &Io,
) -> Result<Vault<'b>, Diagnostic> {
    let (holder, lineage) = (holder("state push", io), new_lineage());
    opened(blobs, project, &lineage, holder, older).await
}

/// The plan that is being carried out, or that ended early; `None` when the last one was completed.
pub(crate) async fn plan_kept(blobs: &dyn Blobs) -> Result<Option<Frozen>, Diagnostic> {
    let told = |error: VaultError| vault::diagnostic(&error);
    let kept = vault::plans_kept(blobs).await.map_err(told)?;
    let Some(digest) = kept.last() else {
        return Ok(None);
    };
    let bytes = vault::plan_kept(blobs, digest).await.map_err(told)?;
    let document = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    document
        .map(|document| Frozen::from_json(&document))
        .transpose()
}

/// Drops plans that ended early: another takes their place.
pub(crate) async fn drop_plans(vault: &Vault<'_>) -> Result<(), Diagnostic> {
    let told = |error: VaultError| vault::diagnostic(&error);
    for digest in vault::plans_kept(vault.blobs()).await.map_err(told)? {
        vault.drop_plan(&digest).await.map_err(told)?;
    }
    Ok(())
}

/// Lets others have the state.
pub(crate) async fn close(vault: Vault<'_>) -> Result<(), Diagnostic> {
    let closed = vault.close().await;
    closed.map_err(|error| vault::diagnostic(&VaultError::from(error)))
}

/// Closes the state after something was done with it; the first error counts. When the state was
/// taken over meanwhile, there is nothing left to close.
pub(crate) async fn closed<T>(
    vault: Vault<'_>,
    done: Result<T, Diagnostics>,
) -> Result<T, Diagnostics> {
    let closed = tokio::time::timeout(CLOSING, close(vault)).await;
    let done = done?;
    // One that can't be given back in time is over by itself after a while.
    closed.unwrap_or(Ok(()))?;
    Ok(done)
}

/// Opens the state for writing: nobody else may until it is closed.
pub(crate) async fn open<'b>(
    blobs: &'b dyn Blobs,
    project: &str,
    command: &str,
    io: &Io,
) -> Result<Vault<'b>, Diagnostic> {
    let (holder, lineage) = (holder(command, io), new_lineage());
    opened(blobs, project, &lineage, holder, false).await
}

/// Opens a state, `older` also when it is older than one before. One whose holder was killed on this
/// machine is taken from it at once: it would be locked for a minute otherwise, with nobody to wait for.
async fn opened<'b>(
    blobs: &'b dyn Blobs,
    project: &str,
    lineage: &str,
    holder: Holder,
    older: bool,
) -> Result<Vault<'b>, Diagnostic> {
    let open = async |holder| {
        let now = System.now();
        if older {
            Vault::open_older(blobs, project, lineage, holder, now).await
        } else {
            Vault::open(blobs, project, lineage, holder, now).await
        }
    };
    let first = open(holder.clone()).await;
    let opened = match &first {
        Err(VaultError::Lease(LeaseError::Held(lease)))
            if lease.holder.as_ref().is_some_and(Holder::is_gone) =>
        {
            // Whether it was taken, and what is wrong with the state, is told by opening it again.
            drop(vault::break_open(blobs, lease.fence, holder.clone(), System.now()).await);
            open(holder).await
        }
        _ => first,
    };
    opened.map_err(|error| vault::diagnostic(&error))
}

/// A copy of state and journal that is gone with the process: what a plan may change without a lock.
pub(crate) async fn copy(blobs: &dyn Blobs) -> Result<Memory, Diagnostic> {
    let told = |error: VaultError| vault::diagnostic(&error);
    let last = lease::last(blobs).await;
    let last = last.map_err(|error| told(error.into()))?;
    let copied = Memory::copy_of(blobs, &["state.json", "journal/"]).await;
    let copy = copied.map_err(|error| told(error.into()))?;
    if let Some(state) = glimpse(&copy).await? {
        // Whoever holds the real one, nobody holds the copy.
        let lease = Lease {
            fence: state.fence,
            renewed: 0,
            holder: None,
            since: System.now(),
            expires: System.now(),
            // What was written last, so that one that was rolled back is refused as the real one is.
            serial: last.map_or(0, |lease| lease.serial),
            nonce: 0,
        };
        let text = serde_json::to_string(&lease).unwrap_or_default();
        let put = copy.put(lease::NAME, text.as_bytes(), &When::Always).await;
        put.map_err(|error| told(error.into()))?;
    }
    Ok(copy)
}

/// Finds out what became of what an earlier run left open, and takes in what nothing knows.
pub(crate) async fn recover(
    vault: &mut Vault<'_>,
    providers: &BTreeMap<String, &dyn Provider>,
) -> Result<Recovered, Diagnostic> {
    let told = |error: VaultError| vault::diagnostic(&error);
    let mut recovered = applying::recover(vault, providers, &System)
        .await
        .map_err(told)?;
    let strays = std::mem::take(&mut recovered.strays);
    applying::take_strays(vault, &strays, &System)
        .await
        .map_err(told)?;
    recovered.strays = strays;
    Ok(recovered)
}

/// What an interrupted run began and what nobody can tell the end of, as warnings or errors.
pub(crate) fn unknown(
    recovered: &Recovered,
    diagnostic: fn(&'static Code) -> Diagnostic,
) -> Diagnostics {
    let mut unknown = Diagnostics::new();
    // First, as it is why the others aren't known, and its exit code counts.
    for (provider, error) in &recovered.unlisted {
        unknown.push(unlisted(provider, error, diagnostic));
    }
    for (address, why) in &recovered.unknown {
        unknown.push(diagnostic(&apply::UNREACHABLE).detail(format!(
            "An earlier run began something with `{address}`, and what became of it can't be found out: \
             {why}."
        )));
    }
    unknown
}

/// That a backend doesn't tell what it has: it isn't reached, or lets nobody in.
fn unlisted(
    provider: &str,
    error: &ProviderError,
    diagnostic: fn(&'static Code) -> Diagnostic,
) -> Diagnostic {
    let why = error.message.trim_end_matches('.');
    match &error.kind {
        ProviderErrorKind::Unauthorized { action } => diagnostic(&apply::CREDENTIALS)
            .detail(format!("`{provider}` doesn't answer `{action}`: {why}.")),
        _ => diagnostic(&apply::UNREACHABLE).detail(format!(
            "`{provider}` can't say what of this project it has: {why}."
        )),
    }
}

/// Whether everything that an earlier run began is known.
pub(crate) fn is_known(recovered: &Recovered) -> Result<(), Diagnostics> {
    let unknown = unknown(recovered, Diagnostic::error);
    if unknown.has_errors() {
        Err(unknown)
    } else {
        Ok(())
    }
}

/// An identity for a state that is begun: random, so that two people who begin the same project in
/// one account don't take each other's objects for their own.
fn new_lineage() -> String {
    use std::hash::{BuildHasher as _, RandomState};

    // The only source of randomness in the standard library; keys of hash maps are meant to be
    // unpredictable, and here they only need to differ.
    let random = RandomState::new().hash_one(System.now().as_nanosecond());
    format!("{random:016x}")
}
