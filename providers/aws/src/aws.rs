//! The account as a backend.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use mlinfra_provider_api::{
    Desired, Manifest, ObjectId, ObjectKind, Observed, OpKey, OwnerTag, Preflight, Provider,
    ProviderError, Removal, Reply,
};

use crate::client::{self, Region};
use crate::ensure;
use crate::kinds::{self, Kind, invalid};

/// An account of Amazon Web Services, in some regions.
///
/// Credentials, the profile and endpoints come from the SDK's standard chain: the environment
/// (`AWS_PROFILE`, `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …), `~/.aws/config`, a web identity, the
/// role of the machine.
#[derive(Debug)]
pub struct Aws {
    settings: SdkConfig,
    /// Those that were named and those that an object was asked for in.
    regions: Mutex<BTreeMap<String, Arc<Region>>>,
    manifest: Manifest,
}

impl Aws {
    /// An account whose objects are looked for in these regions; without any, in the region that
    /// the SDK is set to. Opens no connection: wrong credentials show at the first call.
    ///
    /// ```
    /// use mlinfra_provider_api::Provider as _;
    /// use mlinfra_provider_aws::Aws;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    /// let regions = ["us-east-1".to_owned()];
    /// let aws = runtime.block_on(Aws::connect(&regions, Some("http://127.0.0.1:5000")));
    /// assert_eq!(aws.manifest().provider, "aws");
    /// ```
    pub async fn connect(regions: &[String], endpoint: Option<&str>) -> Self {
        let first = regions.first().map(String::as_str);
        Self::new(client::load(first, endpoint).await, regions)
    }

    /// The same with settings that were made otherwise. Each call is made once whatever they
    /// say, and timeouts are set if they have none.
    ///
    /// ```
    /// use aws_config::{BehaviorVersion, Region, SdkConfig};
    /// use mlinfra_provider_aws::Aws;
    ///
    /// let settings = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
    /// let aws = Aws::new(settings.region(Region::new("eu-north-1")).build(), &[]);
    /// ```
    #[must_use]
    pub fn new(settings: SdkConfig, regions: &[String]) -> Self {
        let settings = client::once(settings);
        let mut names: BTreeSet<String> = regions.iter().cloned().collect();
        if names.is_empty() {
            names.extend(settings.region().map(ToString::to_string));
        }
        let region = |name: String| {
            let region = Arc::new(Region::new(&settings, &name));
            (name, region)
        };
        Self {
            regions: Mutex::new(names.into_iter().map(region).collect()),
            settings,
            manifest: kinds::manifest(),
        }
    }

    /// The client of a region.
    pub(crate) fn region(&self, name: &str) -> Result<Arc<Region>, ProviderError> {
        let simple = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        // It becomes a part of the host's name.
        if name.is_empty() || name.len() > 40 || !name.bytes().all(simple) {
            return Err(invalid("scope", format!("`{name}` is no region")));
        }
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Region::new(&self.settings, name));
        Ok(Arc::clone(
            regions.entry(name.to_owned()).or_insert_with(new),
        ))
    }

    fn regions(&self) -> Vec<Arc<Region>> {
        let regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        regions.values().cloned().collect()
    }
}

impl Region {
    pub(crate) fn object(&self, kind: &'static str, id: &str) -> Result<ObjectId, ProviderError> {
        let kind = ObjectKind::new(kind).map_err(|error| invalid("kind", error.to_string()))?;
        Ok(ObjectId {
            kind,
            scope: self.name.clone(),
            id: id.to_owned(),
        })
    }

    async fn list(&self, owner: &OwnerTag) -> Result<Vec<Observed>, ProviderError> {
        let list = |kind| ensure::list(self, kind, owner, None);
        let [a, b, c, d, e] = Kind::ALL;
        let lists = tokio::try_join!(list(a), list(b), list(c), list(d), list(e))?;
        let (a, b, c, d, e) = lists;
        Ok([a, b, c, d, e].into_iter().flatten().collect())
    }
}

impl Provider for Aws {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn read<'a>(&'a self, id: &'a ObjectId) -> Reply<'a, Option<Observed>> {
        Box::pin(async move {
            let kind = Kind::of(&id.kind)?;
            ensure::read(&*self.region(&id.scope)?, kind, &id.id).await
        })
    }

    fn list<'a>(&'a self, owner: &'a OwnerTag) -> Reply<'a, Vec<Observed>> {
        Box::pin(async move {
            let mut all = Vec::new();
            for region in self.regions() {
                all.extend(region.list(owner).await?);
            }
            Ok(all)
        })
    }

    fn ensure<'a>(&'a self, key: &'a OpKey, want: &'a Desired) -> Reply<'a, Observed> {
        Box::pin(async move {
            let region = self.region(&want.scope)?;
            ensure::ensure(&region, &self.manifest, key, want).await
        })
    }

    fn remove<'a>(&'a self, _: &'a OpKey, id: &'a ObjectId) -> Reply<'a, Removal> {
        Box::pin(async move {
            let kind = Kind::of(&id.kind)?;
            ensure::remove(&*self.region(&id.scope)?, kind, &id.id).await
        })
    }

    fn adopt<'a>(
        &'a self,
        id: &'a ObjectId,
        owner: &'a OwnerTag,
        name: &'a str,
    ) -> Reply<'a, Observed> {
        Box::pin(async move {
            let region = self.region(&id.scope)?;
            ensure::adopt(&region, id, owner, name).await
        })
    }

    fn preflight(&self) -> Option<&dyn Preflight> {
        Some(self)
    }
}
