//! `mlinfra destroy`: delete all that exists.

use super::apply::{ScopeArgs, again};
use super::catalog::CatalogSource;
use super::running::execute::{self, RunArgs, Task, execute};
use super::running::places::{PlaceArgs, Places};
use super::running::prepare::{Found, decide, find_out};
use super::running::providers::{Providers, Reach};
use super::running::{block_on, session};
use super::spec_args::{self, Loaded, SpecArgs};
use super::{Io, Outcome, Report};
use crate::changes::diff::{DiffOptions, Mode};
use crate::changes::frozen::{Inputs, Purpose};
use crate::changes::wanted::Realm;
use crate::diagnostics::Diagnostics;
use crate::model::Project;
use crate::planning::{self, Options};
use crate::store::vault::Vault;

/// Delete all that exists of a project, or of some of its stages
///
/// What was left half made by an interrupted run is found first, so that nothing stays behind. A stage
/// with `prevent_destroy` is never deleted.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    #[command(flatten)]
    catalogs: CatalogSource,
    /// Delete the objects of this stage alone; may be given several times
    #[arg(long, value_name = "STAGE")]
    target: Vec<String>,
    #[command(flatten)]
    places: PlaceArgs,
    #[command(flatten)]
    run: RunArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let as_json = |report: Report| Report {
        json: args.run.json,
        ..report
    };
    let loaded = spec_args::load(&args.spec, io).map_err(as_json)?;
    let catalog = args.catalogs.load(io).map_err(|d| as_json(d.into()))?;
    let inputs = planning::inputs(&loaded.project, &catalog, &Options::default());
    let destroyed = block_on(destroy(args, &loaded, Inputs::from(&inputs), io));
    destroyed.map_err(|diagnostics| Report {
        diagnostics,
        sources: loaded.sources.clone(),
        json: args.run.json,
    })
}

async fn destroy(
    args: &Args,
    loaded: &Loaded,
    inputs: Inputs,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let project = &loaded.project;
    let places = Places::of(&args.places, &args.spec.path, project, io)?;
    let blobs = places.blobs(io)?;
    let mut vault = session::open(&*blobs, &project.name, "destroy", io).await?;
    let destroyed = within(args, loaded, inputs, &places, &mut vault, io).await;
    session::closed(vault, destroyed).await
}

async fn within(
    args: &Args,
    loaded: &Loaded,
    inputs: Inputs,
    places: &Places,
    vault: &mut Vault<'_>,
    io: &mut Io,
) -> Result<u8, Diagnostics> {
    let providers = Providers::connect(places, &Reach::of(vault.state(), None)).await?;
    let mut found = find_out(vault, &providers, true).await?;
    found.is_known()?;
    protect(&mut found, &loaded.project);
    let options = options(&args.target);
    let realm = places.realm();
    let purpose = Purpose {
        project: &loaded.project.name,
        realm,
        options: &options,
        inputs,
        plan_sha256: String::new(),
    };
    let nothing = (Vec::new(), Diagnostics::new());
    let (frozen, warnings) = decide(&mut found, nothing, &purpose, vault, &providers).await?;
    if !args.run.json {
        found.tell(io);
        execute::show(&frozen, io);
        io.show(&warnings, &loaded.sources);
    }
    let task = Task {
        arguments: again(&args.spec.path, &args.places),
        frozen: &frozen,
        question: execute::question(&frozen, realm == Realm::Sandbox),
        observed: Some(&found.state),
    };
    execute(&task, &args.run, vault, &providers, io).await
}

/// What the difference is told for deleting.
pub(crate) fn options(targets: &[String]) -> DiffOptions {
    DiffOptions {
        mode: Mode::Destroy,
        ..ScopeArgs {
            target: targets.to_vec(),
            replace: Vec::new(),
            no_refresh: false,
        }
        .options()
    }
}

/// What the spec protects now is protected, whether that was applied or not.
pub(crate) fn protect(found: &mut Found, project: &Project) {
    for object in found.state.objects.values_mut() {
        let stage = project.stages.get(&object.intent.stage);
        object.intent.prevent_destroy |= stage.is_some_and(|stage| stage.prevent_destroy);
    }
}
