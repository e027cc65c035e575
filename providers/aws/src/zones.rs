//! Zones by identifier and by name. A name (`us-east-1a`) means another place in each account, so
//! plans have identifiers (`use1-az4`), and calls need names.

use std::collections::BTreeMap;

use mlinfra_provider_api::ProviderError;
use tokio::sync::OnceCell;

use crate::call::Call;
use crate::client::Region;
use crate::kinds::invalid;

/// The zones of a region: names by identifier.
#[derive(Debug, Default)]
pub(crate) struct Zones(OnceCell<BTreeMap<String, String>>);

impl Region {
    async fn zones(&self) -> Result<&BTreeMap<String, String>, ProviderError> {
        let ask = || async {
            let call = Call::read("ec2:DescribeAvailabilityZones");
            let answer = self.ec2.describe_availability_zones().send().await;
            let answer = answer.map_err(|error| call.failed(error))?;
            let zones = answer.availability_zones();
            let pairs = zones.iter().filter_map(|zone| {
                Some((zone.zone_id()?.to_owned(), zone.zone_name()?.to_owned()))
            });
            Ok(pairs.collect())
        };
        self.zones.0.get_or_try_init(ask).await
    }

    /// The name by which this account knows a zone.
    ///
    /// # Errors
    ///
    /// `Invalid` if there is no such zone here.
    pub(crate) async fn zone_name(&self, id: &str) -> Result<String, ProviderError> {
        let zones = self.zones().await?;
        zones.get(id).cloned().ok_or_else(|| {
            let known: Vec<&str> = zones.keys().map(String::as_str).collect();
            let (region, known) = (&self.name, known.join(", "));
            let message = format!("there is no zone `{id}` in {region}, which has {known}");
            invalid("zone", message)
        })
    }

    /// The identifier of a zone that has this name in this account; the name itself for one that
    /// isn't known.
    pub(crate) async fn zone_id(&self, name: &str) -> Result<String, ProviderError> {
        let mut zones = self.zones().await?.iter();
        let found = zones.find(|(_, known)| *known == name);
        Ok(found.map_or(name, |(id, _)| id).to_owned())
    }
}
