//! The backends that a command reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mlinfra_provider_api::{Manifest, Provider};

use super::places::Places;
use crate::changes::frozen::Frozen;
use crate::diagnostics::{Diagnostic, apply};
use crate::planning::plan::Plan;
use crate::state::State;

/// Which clouds are needed, and where in them.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    names: BTreeSet<String>,
    regions: BTreeSet<String>,
}

/// Clouds that can be reached.
const CLOUDS: &[&str] = &["aws"];

impl Reach {
    /// What a state's objects and a plan's placements and fallbacks need. Only clouds that there is a
    /// backend for: that a stage is elsewhere is told with its place in the spec.
    pub(crate) fn of(state: &State, plan: Option<&Plan>) -> Self {
        let mut reach = Self::default();
        for object in state
            .objects
            .values()
            .chain(state.deposed.values().flatten())
        {
            reach.names.insert(object.provider.clone());
            reach.regions.insert(object.id.scope.clone());
        }
        for stage in plan.iter().flat_map(|plan| &plan.stages) {
            let fallbacks = stage.fallbacks.iter().map(|fallback| &fallback.placement);
            for placement in std::iter::once(&stage.placement).chain(fallbacks) {
                let location = placement.location.to_string();
                let Some((cloud, region)) = location.split_once('/') else {
                    continue;
                };
                if CLOUDS.contains(&cloud) {
                    reach.names.insert(cloud.to_owned());
                    reach.regions.insert(region.to_owned());
                }
            }
        }
        reach
    }

    /// What a state's objects and all ways of a plan's objects need.
    pub(crate) fn of_frozen(state: &State, frozen: &Frozen) -> Self {
        let mut reach = Self::of(state, None);
        for way in frozen.wanted.iter().flat_map(|wanted| &wanted.ways) {
            reach.names.insert(way.provider.clone());
            reach.regions.insert(way.scope.clone());
        }
        reach
    }
}

/// Backends by name.
#[derive(Default)]
pub(crate) struct Providers(BTreeMap<String, Box<dyn Provider>>);

impl Providers {
    /// The sandbox in a folder.
    #[cfg(feature = "sandbox")]
    pub(crate) fn sandbox(folder: &Path) -> Result<Self, Diagnostic> {
        use std::sync::Arc;

        use mlinfra_provider_sandbox::{Sandbox, SystemClock};

        let sandbox = Sandbox::open(folder, Arc::new(SystemClock)).map_err(|error| {
            let folder = folder.display();
            Diagnostic::error(&apply::PROVIDER)
                .detail(format!("The sandbox in `{folder}`: {error}."))
                .hint("A sandbox is a folder; deleting it begins anew.")
        })?;
        let sandbox: Box<dyn Provider> = Box::new(sandbox);
        Ok(Self(BTreeMap::from([("sandbox".to_owned(), sandbox)])))
    }

    #[cfg(not(feature = "sandbox"))]
    pub(crate) fn sandbox(_: &Path) -> Result<Self, Diagnostic> {
        Err(not_built_in("sandbox"))
    }

    /// The backends that state and plan need.
    pub(crate) async fn connect(places: &Places, reach: &Reach) -> Result<Self, Diagnostic> {
        if let Some(folder) = &places.sandbox {
            return Self::sandbox(folder);
        }
        let mut providers = Self::default();
        for name in &reach.names {
            let provider = connect(name, &reach.regions).await?;
            providers.0.insert(name.clone(), provider);
        }
        Ok(providers)
    }

    /// As the engine takes them.
    pub(crate) fn by_name(&self) -> BTreeMap<String, &dyn Provider> {
        let each = self.0.iter();
        each.map(|(name, provider)| (name.clone(), &**provider))
            .collect()
    }

    /// What each can do.
    pub(crate) fn manifests(&self) -> BTreeMap<String, &Manifest> {
        let each = self.0.iter();
        each.map(|(name, provider)| (name.clone(), provider.manifest()))
            .collect()
    }
}

#[cfg(feature = "aws")]
async fn connect(name: &str, regions: &BTreeSet<String>) -> Result<Box<dyn Provider>, Diagnostic> {
    if name != "aws" {
        return Err(not_built_in(name));
    }
    let regions: Vec<String> = regions.iter().cloned().collect();
    Ok(Box::new(
        mlinfra_provider_aws::Aws::connect(&regions, None).await,
    ))
}

#[cfg(not(feature = "aws"))]
#[expect(clippy::unused_async, reason = "with a cloud built in, it waits")]
async fn connect(name: &str, _: &BTreeSet<String>) -> Result<Box<dyn Provider>, Diagnostic> {
    Err(not_built_in(name))
}

fn not_built_in(name: &str) -> Diagnostic {
    Diagnostic::error(&apply::PROVIDER)
        .detail(format!("This mlinfra was built without `{name}`."))
        .hint(format!(
            "Build it with `cargo build --release --features {name}`, or try the plan with `--sandbox`."
        ))
}
