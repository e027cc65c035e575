//! `mlinfra import`: take over an object that something else made.

use mlinfra_provider_api::{Attributes, ObjectId, Observed, OpKey, Provider, ProviderErrorKind};

use super::apply::{planned, wants};
use super::catalog::CatalogSource;
use super::plan::SearchArgs;
use super::running::places::{PlaceArgs, Places};
use super::running::prepare::find_out;
use super::running::providers::{Providers, Reach};
use super::running::{System, block_on, session};
use super::spec_args::{self, SpecArgs, SpecOption};
use super::{Io, Outcome, Report, apply::Planned};
use crate::applying::Clock as _;
use crate::changes::wanted::{Wanted, Way};
use crate::diagnostics::{Diagnostic, Diagnostics, apply};
use crate::state::{Intent, State, StateObject};
use crate::store::vault::{self, Vault};

/// Take over an object that something else made
///
/// It must be one that the plan asks for. What of it differs from the plan is shown by the next `plan`,
/// and changed by the next `apply`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it is to be in the plan, e.g. `pool.serve.nodes[0]`
    address: String,
    /// Its identifier, e.g. `i-0abc`
    id: String,
    #[command(flatten)]
    spec: SpecOption,
    #[command(flatten)]
    catalogs: CatalogSource,
    #[command(flatten)]
    search: SearchArgs,
    #[command(flatten)]
    places: PlaceArgs,
}

/// Runs the command.
pub(crate) fn run(args: &Args, io: &mut Io) -> Outcome {
    let spec: SpecArgs = args.spec.clone().into();
    let loaded = spec_args::load(&spec, io)?;
    let catalog = args.catalogs.load(io)?;
    let planned = planned(&args.search, loaded, &catalog)?;
    let sources = planned.loaded.sources.clone();
    block_on(import(args, &spec, &planned, io)).map_err(|diagnostics| Report {
        diagnostics,
        sources,
        json: false,
    })?;
    let Args { address, id, .. } = args;
    io.note(&format!("{id} is {address} from now on.\n"));
    Ok(0)
}

async fn import(
    args: &Args,
    spec: &SpecArgs,
    planned: &Planned,
    io: &Io,
) -> Result<(), Diagnostics> {
    let project = &planned.loaded.project;
    let places = Places::of(&args.places, &spec.path, project, io)?;
    let blobs = places.blobs(io)?;
    let mut vault = session::open(&*blobs, &project.name, "import", io).await?;
    let imported = within(args, planned, &places, &mut vault).await;
    session::closed(vault, imported).await
}

async fn within(
    args: &Args,
    planned: &Planned,
    places: &Places,
    vault: &mut Vault<'_>,
) -> Result<(), Diagnostics> {
    let reach = Reach::of(vault.state(), Some(&planned.plan));
    let providers = Providers::connect(places, &reach).await?;
    let (wants, _) = wants(
        planned,
        places.realm(),
        &providers,
        &std::collections::BTreeSet::new(),
    )?;
    find_out(vault, &providers, false).await?.is_known()?;
    let wanted = wants.iter().find(|wanted| wanted.address == args.address);
    let Some((wanted, way)) = wanted.and_then(|wanted| Some((wanted, wanted.ways.first()?))) else {
        return Err(not_wanted(&args.address, &wants).into());
    };
    if vault.state().objects.contains_key(&args.address) {
        return Err(Diagnostic::error(&apply::CANNOT_IMPORT)
            .detail(format!("There is an object at `{}` already.", args.address))
            .hint("`mlinfra state rm` forgets it")
            .into());
    }
    let by_name = providers.by_name();
    let Some(provider) = by_name.get(&way.provider) else {
        return Err(refused(&args.id, "there is no backend for it").into());
    };
    Ok(take_over(&args.id, wanted, way, *provider, vault).await?)
}

/// First the state knows it, then it is tagged: one that is tagged and that no state knows would be
/// taken for something left over, and deleted.
async fn take_over(
    id: &str,
    wanted: &Wanted,
    way: &Way,
    provider: &dyn Provider,
    vault: &mut Vault<'_>,
) -> Result<(), Diagnostic> {
    let id = ObjectId {
        kind: wanted.kind.clone(),
        scope: way.scope.clone(),
        id: id.to_owned(),
    };
    let read = provider.read(&id).await;
    let read = read.map_err(|error| refused(&id.id, &error.to_string()))?;
    let Some(observed) = read else {
        return Err(Diagnostic::error(&apply::NO_SUCH_OBJECT)
            .detail(format!("{} has no {id}.", way.provider)));
    };
    let owner = vault.state().owner();
    let owner = owner.map_err(|error| refused(&id.id, &error.to_string()))?;
    if let Some(other) = observed.owner.as_ref().filter(|other| **other != owner) {
        return Err(refused(&id.id, &format!("it is {other}'s")));
    }
    let name = name_of(vault.state(), &wanted.address);
    let address = wanted.address.clone();
    let object = known(wanted, way, observed, &name);
    let know = |state: &mut State| {
        // It carries our tag if it was forgotten, and was to be deleted as what nothing wants.
        state.deposed.retain(|_, all| {
            all.retain(|other| other.id != object.id);
            !all.is_empty()
        });
        state.objects.insert(address.clone(), object);
    };
    let told = |error| vault::diagnostic(&error);
    vault.commit(know, System.now()).await.map_err(told)?;
    let adopted = provider.adopt(&id, &owner, &name).await;
    let Err(error) = adopted else { return Ok(()) };
    if error.kind != ProviderErrorKind::OutcomeUnknown {
        let forget = |state: &mut State| drop(state.objects.remove(&address));
        vault.commit(forget, System.now()).await.map_err(told)?;
    }
    Err(refused(&id.id, &error.to_string()))
}

/// What the state knows of an imported object: what was read of what the plan manages.
fn known(wanted: &Wanted, way: &Way, observed: Observed, name: &str) -> StateObject {
    let managed = |attribute: &String| way.attributes.contains_key(attribute);
    let desired: Attributes = observed
        .attributes
        .iter()
        .filter(|(attribute, _)| managed(attribute))
        .map(|(attribute, value)| (attribute.clone(), value.clone()))
        .collect();
    StateObject {
        provider: way.provider.clone(),
        id: observed.id,
        name: name.to_owned(),
        desired,
        observed: observed.attributes,
        made_by: observed.op_key.unwrap_or(OpKey::new([0; 32])),
        tainted: false,
        intent: Intent {
            stage: wanted.stage.clone(),
            usd_per_hour: way.usd_per_hour,
            prevent_destroy: wanted.prevent_destroy,
            needs: Vec::new(),
            ..Intent::default()
        },
    }
}

/// `recommender-pool-serve-nodes-0`.
fn name_of(state: &State, address: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let address: String = address.chars().map(plain).collect();
    format!("{}-{}", state.project, address.trim_end_matches('-'))
}

fn refused(id: &str, why: &str) -> Diagnostic {
    Diagnostic::error(&apply::CANNOT_IMPORT).detail(format!("`{id}`: {why}."))
}

fn not_wanted(address: &str, wants: &[Wanted]) -> Diagnostic {
    let near = wants
        .iter()
        .map(|wanted| &wanted.address)
        .min_by_key(|known| strsim::damerau_levenshtein(known, address));
    let diagnostic = Diagnostic::error(&apply::NO_SUCH_OBJECT)
        .detail(format!("The plan asks for nothing at `{address}`."));
    match near {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}
