//! `mlinfra resume`: go on with an apply that ended early. `mlinfra undo`: take back what it did.

mod undo;

use super::apply::again;
use super::running::execute::{self, RunArgs, Task, execute};
use super::running::places::PlaceArgs;
use super::running::prepare::{decide, find_out};
use super::running::providers::{Providers, Reach};
use super::running::{block_on, session};
use super::spec_args::{self, SpecArgs};
use super::state::{self, Found};
use super::{Io, Outcome, Report};
use crate::changes::frozen::{Frozen, Purpose};
use crate::changes::wanted::Realm;
use crate::diagnostics::{Diagnostic, Diagnostics, apply};
use crate::store::vault::Vault;

pub(crate) use undo::run as undo;

/// Go on with an apply or destroy that ended early
///
/// What was under way is looked up, and what is left of the same plan is done.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    places: PlaceArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let loaded = spec_args::load(&args.spec, io)?;
    let found = state::find(&args.spec, &args.places, io)?;
    let resumed = block_on(resume(args, &found, io));
    resumed.map_err(|diagnostics| Report {
        diagnostics,
        sources: loaded.sources,
        json: args.run.json,
    })
}

async fn resume(args: &Args, found: &Found, io: &mut Io) -> Result<u8, Diagnostics> {
    let kept = kept(found).await?;
    let mut vault = session::open_of(&*found.blobs, &kept, "resume", io).await?;
    let resumed = within(args, found, &kept, &mut vault, io).await;
    session::closed(vault, resumed).await
}

/// The plan that was being carried out.
async fn kept(found: &Found) -> Result<Frozen, Diagnostic> {
    let kept = session::plan_kept(&*found.blobs).await?;
    kept.ok_or_else(|| {
        Diagnostic::error(&apply::NOTHING_OPEN)
            .detail(format!(
                "No apply or destroy of `{}` ended early: there is nothing to go on with, and nothing to \
                 take back.",
                found.project
            ))
            .hint_command("To see what would be done now, run:", "mlinfra plan")
    })
}

async fn within(
    args: &Args,
    place: &Found,
    kept: &Frozen,
    vault: &mut Vault<'_>,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let reach = Reach::of_frozen(vault.state(), kept);
    let providers = Providers::connect(&place.places, &reach).await?;
    let mut found = find_out(vault, &providers, true).await?;
    found.is_known()?;
    let options = kept.resumed();
    let purpose = Purpose {
        project: &kept.project,
        realm: kept.realm,
        options: &options,
        inputs: kept.inputs.clone(),
        plan_sha256: kept.plan_sha256.clone(),
    };
    let wanted = (kept.wanted.clone(), Diagnostics::new());
    let (frozen, warnings) = decide(&mut found, wanted, &purpose, vault, &providers).await?;
    if !args.run.json {
        found.tell(io);
        execute::show(&frozen, io);
        io.show(&warnings, &crate::diagnostics::Sources::new());
    }
    let task = Task {
        arguments: again(&args.spec.path, &args.places),
        frozen: &frozen,
        question: execute::question(&frozen, kept.realm == Realm::Sandbox),
        observed: Some(&found.state),
    };
    execute(&task, &args.run, vault, &providers, io).await
}
