//! Finds out what exists, and decides what is to be done.

use std::collections::{BTreeMap, BTreeSet};

use mlinfra_provider_api::OpKey;

use super::super::Io;
use super::providers::Providers;
use super::session;
use super::time::System;
use crate::applying::{self, Drift, Drifted, Limits, Open, Recovered};
use crate::changes::change::Change;
use crate::changes::diff::{DiffOptions, OpenEnsure, Prior, diff, goes_on};
use crate::changes::frozen::{Frozen, Purpose, freeze};
use crate::changes::wanted::Wanted;
use crate::diagnostics::{Diagnostic, Diagnostics, apply};
use crate::state::State;
use crate::store::vault::{self, Vault};

/// What exists, as far as it could be found out.
pub(crate) struct Found {
    /// The state as it was read last.
    pub state: State,
    /// Addresses of objects that turned out to be gone.
    pub gone: BTreeSet<String>,
    /// What something else than mlinfra changed.
    pub drift: Vec<Drift>,
    /// Operations that were begun and not settled, by address.
    pub open: BTreeMap<String, OpenEnsure>,
    /// What became of an interrupted run.
    pub recovered: Recovered,
    /// Things that could not be found out.
    pub warnings: Diagnostics,
}

impl Found {
    /// As the difference takes it.
    pub(crate) const fn prior(&self) -> Prior<'_> {
        Prior {
            state: &self.state,
            gone: &self.gone,
            open: &self.open,
        }
    }

    /// Whether everything that an earlier run began is known: before that, nothing may be made that it
    /// may have made.
    ///
    /// # Errors
    ///
    /// `apply::unreachable`, once for each thing that isn't known.
    pub(crate) fn is_known(&self) -> Result<(), Diagnostics> {
        session::is_known(&self.recovered)
    }

    /// Tells what became of an interrupted run, and what nothing knew.
    pub(crate) fn tell(&self, io: &mut Io) {
        let Recovered {
            adopted,
            gone,
            open,
            strays,
            ..
        } = &self.recovered;
        let is_open = |address: &String| open.iter().any(|open| open.address == *address);
        let made = adopted.iter().filter(|address| !is_open(address));
        let made = made.map(|address| format!("  {address} was made\n"));
        let gone = gone
            .iter()
            .map(|address| format!("  {address} was deleted\n"));
        let open = open.iter().map(|open| match open.found {
            Some(_) => format!("  {} isn't ready yet\n", open.address),
            None => format!("  {} wasn't made so far\n", open.address),
        });
        let strays = strays.iter().map(|stray| {
            let id = &stray.observed.id;
            format!("  {id} is there, and the state doesn't know it\n")
        });
        let lines: String = made.chain(gone).chain(open).chain(strays).collect();
        if !lines.is_empty() {
            io.note(&format!("This was left by earlier runs:\n{lines}"));
        }
    }
}

/// Settles what an earlier run left open, and reads what exists if `refresh`. What can't be found out
/// is among the warnings.
pub(crate) async fn find_out(
    vault: &mut Vault<'_>,
    providers: &Providers,
    refresh: bool,
) -> Result<Found, Diagnostic> {
    let by_name = providers.by_name();
    let recovered = session::recover(vault, &by_name).await?;
    let warnings = session::unknown(&recovered, Diagnostic::warning);
    let open = recovered.open.iter().map(open_ensure).collect();
    let mut found = Found {
        state: vault.state().clone(),
        gone: BTreeSet::new(),
        drift: Vec::new(),
        open,
        recovered,
        warnings,
    };
    if refresh {
        read(&mut found, providers).await?;
    }
    Ok(found)
}

fn open_ensure(open: &Open) -> (String, OpenEnsure) {
    let ensure = OpenEnsure {
        key: open.key,
        provider: open.provider.clone(),
        desired: open.desired.clone(),
    };
    (open.address.clone(), ensure)
}

/// Reads every object.
async fn read(found: &mut Found, providers: &Providers) -> Result<(), Diagnostic> {
    let refreshed = applying::refresh(
        &found.state,
        &providers.by_name(),
        &System,
        &Limits::default(),
    )
    .await;
    let refreshed = refreshed.map_err(|error| {
        Diagnostic::error(&apply::NAME_TOO_LONG).detail(format!(
            "The project's name can't be a tag of objects: {error}."
        ))
    })?;
    for (address, why) in &refreshed.unreachable {
        found
            .warnings
            .push(Diagnostic::warning(&apply::UNREACHABLE).detail(format!(
                "`{address}` can't be read: {why}. It is taken to be as it was."
            )));
    }
    let gone = refreshed
        .drift
        .iter()
        .filter(|drift| !drift.deposed && matches!(drift.what, Drifted::Gone));
    found.gone = gone.map(|drift| drift.address.clone()).collect();
    found.state = refreshed.state;
    found.drift = refreshed.drift;
    Ok(())
}

/// The plan of what must be done so that what exists is as wanted, with nothing left to decide, and
/// what is to be said of it, after what was said of the objects that are wanted.
///
/// # Errors
///
/// What keeps it from being done.
pub(crate) async fn decide(
    found: &mut Found,
    (wanted, mut warnings): (Vec<Wanted>, Diagnostics),
    purpose: &Purpose<'_>,
    vault: &mut Vault<'_>,
    providers: &Providers,
) -> Result<(Frozen, Diagnostics), Diagnostics> {
    let (changes, more) = differences(found, &wanted, purpose.options, vault, providers).await?;
    warnings.extend(more);
    warnings.extend(std::mem::take(&mut found.warnings));
    if warnings.has_errors() {
        return Err(warnings);
    }
    let manifests = providers.manifests();
    let frozen = freeze(purpose, wanted, changes, &found.prior(), &manifests)?;
    Ok((frozen, warnings))
}

/// What must be done so that what exists is as wanted. What was begun and isn't wanted any more is
/// waited for first, so that nothing comes up behind the plan.
async fn differences(
    found: &mut Found,
    wanted: &[Wanted],
    options: &DiffOptions,
    vault: &mut Vault<'_>,
    providers: &Providers,
) -> Result<(Vec<Change>, Diagnostics), Diagnostic> {
    let manifests = providers.manifests();
    let differ = |found: &Found| diff(wanted, &found.prior(), &manifests, options);
    let (changes, diagnostics) = differ(found);
    let absent = not_gone_on_with(found, wanted, &changes);
    if absent.is_empty() {
        return Ok((changes, diagnostics));
    }
    let settled = applying::settle_absent(vault, &providers.by_name(), &System, &absent).await;
    let settled = settled.map_err(|error| vault::diagnostic(&error))?;
    found.open.retain(|_, open| !absent.contains(&open.key));
    if !settled.adopted.is_empty() {
        found.state = vault.state().clone();
        read(found, providers).await?;
    }
    Ok(differ(found))
}

/// Keys of operations that were begun and that these changes don't go on with.
fn not_gone_on_with(found: &Found, wanted: &[Wanted], changes: &[Change]) -> BTreeSet<OpKey> {
    let prior = found.prior();
    let goes_on = |address: &String| {
        let mut at = changes.iter().filter(|change| change.address == *address);
        at.any(|change| goes_on(change, wanted, &prior))
    };
    let left = found.open.iter().filter(|(address, _)| !goes_on(address));
    left.map(|(_, open)| open.key).collect()
}
