//! The plan against what exists: found out without a lock, and without writing anything.

use super::super::Io;
use super::super::apply::{Planned, ScopeArgs, wants};
use super::super::destroy::protect;
use super::super::running::places::{PlaceArgs, Places};
use super::super::running::prepare::{Found, decide, find_out};
use super::super::running::providers::{Providers, Reach};
use super::super::running::session;
use super::super::spec_args::SpecArgs;
use crate::changes::diff::{DiffOptions, Mode};
use crate::changes::frozen::{Frozen, Inputs, Purpose};
use crate::diagnostics::Diagnostics;
use crate::model::Project;
use crate::store::blobs::Memory;
use crate::store::vault::Vault;

/// What would be done.
pub(super) struct Against {
    pub frozen: Frozen,
    pub warnings: Diagnostics,
}

/// What the plan is held against.
pub(super) struct Question<'q> {
    pub spec: &'q SpecArgs,
    pub places: &'q PlaceArgs,
    pub scope: &'q ScopeArgs,
    /// Whether all is to be deleted.
    pub destroy: bool,
}

/// Whether there is anything to hold a plan against.
pub(super) async fn exists(
    question: &Question<'_>,
    project: &Project,
    io: &Io,
) -> Result<bool, Diagnostics> {
    let places = Places::of(question.places, &question.spec.path, project, io)?;
    let blobs = places.blobs(io)?;
    Ok(session::glimpse(&*blobs).await?.is_some())
}

/// Holds a plan against what exists. All of it happens on a copy of the state in memory.
pub(super) async fn against(
    question: &Question<'_>,
    planned: &Planned,
    io: &Io,
) -> Result<Against, Diagnostics> {
    let project = &planned.loaded.project;
    let places = Places::of(question.places, &question.spec.path, project, io)?;
    let blobs = places.blobs(io)?;
    let memory: Memory = session::copy(&*blobs).await?;
    let mut vault = session::open(&memory, &project.name, "plan", io).await?;
    within(question, planned, &places, &mut vault).await
}

async fn within(
    question: &Question<'_>,
    planned: &Planned,
    places: &Places,
    vault: &mut Vault<'_>,
) -> Result<Against, Diagnostics> {
    let plan = (!question.destroy).then_some(&planned.plan);
    let providers = Providers::connect(places, &Reach::of(vault.state(), plan)).await?;
    let options = options(question);
    let wants = if question.destroy {
        (Vec::new(), Diagnostics::new())
    } else {
        wants(planned, places.realm(), &providers, &options.targets)?
    };
    let mut found = find_out(vault, &providers, !question.scope.no_refresh).await?;
    if question.destroy {
        protect(&mut found, &planned.loaded.project);
    }
    let purpose = Purpose {
        project: &planned.loaded.project.name,
        realm: places.realm(),
        options: &options,
        inputs: Inputs::from(&planned.plan.inputs),
        plan_sha256: planned.plan_sha256().to_owned(),
    };
    let (frozen, warnings) = decide(&mut found, wants, &purpose, vault, &providers).await?;
    Ok(Against { frozen, warnings })
}

fn options(question: &Question<'_>) -> DiffOptions {
    DiffOptions {
        mode: if question.destroy {
            Mode::Destroy
        } else {
            Mode::Apply
        },
        ..question.scope.options()
    }
}

/// What changed outside, without a plan.
pub(super) async fn drift(
    question: &Question<'_>,
    project: &Project,
    io: &Io,
) -> Result<Found, Diagnostics> {
    let places = Places::of(question.places, &question.spec.path, project, io)?;
    let blobs = places.blobs(io)?;
    let memory = session::copy(&*blobs).await?;
    let mut vault = session::open(&memory, &project.name, "plan", io).await?;
    let reach = Reach::of(vault.state(), None);
    let providers = Providers::connect(&places, &reach).await?;
    Ok(find_out(&mut vault, &providers, true).await?)
}
