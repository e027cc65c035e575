//! What catalogs charge for things that were decided already: for reviews, which hold the bill of one
//! plan against the prices of another day.

use super::bill;
use super::plan::{Cited, Movement, Placement, Plan, PlannedStage, RateCited};
use super::sites::{FoundRate, Locus, Sites, Storage};
use crate::catalog::Catalog;
use crate::model::{Domain, Location, Project, ProviderName, Source};

/// The rates of catalogs and of the owned capacity of a project.
#[derive(Debug)]
pub struct Rates<'a> {
    project: &'a Project,
    catalog: &'a Catalog,
    sites: Sites<'a>,
}

impl<'a> Rates<'a> {
    /// Those of these catalogs and this project.
    #[must_use]
    pub fn new(project: &'a Project, catalog: &'a Catalog) -> Self {
        Self {
            project,
            catalog,
            sites: Sites::new(catalog, project),
        }
    }

    /// USD per node-hour of an offering; `None` when it isn't there or has no known rate.
    #[must_use]
    pub fn node_hour(&self, placement: &Placement) -> Option<RateCited> {
        if placement.location.provider == Location::ONPREM {
            let (cluster, pool) = placement.instance_type.split_once('/')?;
            let pool = self.project.clusters.get(cluster)?.node_pools.get(pool)?;
            return Some(RateCited {
                usd: pool.cost_per_node_hour,
                basis: Cited::Given,
                source: "spec".into(),
            });
        }
        let provider = ProviderName::from_name(&placement.location.provider)?;
        let region = self
            .catalog
            .find_region(provider, &placement.location.region)?;
        let mut types = self.catalog.instance_types();
        let (index, _) =
            types.find(|(_, t)| t.provider == provider && t.name == placement.instance_type)?;
        let mut rows = self.catalog.rows_of(index).iter();
        let row = rows.find(|row| {
            let place = self.catalog.place(row.place);
            place.region == region && place.zone == placement.zone
        })?;
        let quote = row.price(placement.capacity_type).quote()?;
        Some(bill::cite(FoundRate::Catalog(quote), self.catalog))
    }

    /// USD per GB of a read of a stage, where both ends are as in `plan`.
    #[must_use]
    pub fn movement(
        &self,
        stage: &PlannedStage,
        movement: &Movement,
        plan: &Plan,
    ) -> Option<RateCited> {
        let reads = &self.project.stages.get(&stage.name)?.reads;
        let (from, scope) = match &reads.get(&movement.name)?.source {
            Source::Dataset(name) => {
                let dataset = self.project.datasets.get(name)?;
                let from = bill::dataset_locus(dataset, &self.sites)?;
                (from, bill::scope_of(dataset))
            }
            Source::Output {
                stage: producer,
                output,
            } => {
                let scope = self.scope(producer, output)?;
                let mut stages = plan.stages.iter();
                let producer = stages.find(|stage| stage.name == *producer)?;
                (self.locus(&producer.placement)?, scope)
            }
        };
        let rate = self
            .sites
            .movement(from, self.locus(&stage.placement)?, scope)?;
        Some(bill::cite(rate, self.catalog))
    }

    /// USD per GB of bringing a stage's output from one place to another; `None` when nobody says.
    #[must_use]
    pub fn relocation(
        &self,
        stage: &str,
        output: &str,
        from: &Placement,
        to: &Placement,
    ) -> Option<RateCited> {
        let scope = self.scope(stage, output)?;
        let rate = self
            .sites
            .movement(self.locus(from)?, self.locus(to)?, scope)?;
        Some(bill::cite(rate, self.catalog))
    }

    /// USD per GB-month of keeping outputs at a place; `None` when nobody names a price.
    #[must_use]
    pub fn storage(&self, at: &Location) -> Option<RateCited> {
        match self.sites.storage(self.sites.find(at)?) {
            Storage::Priced(rate) => Some(bill::cite(rate, self.catalog)),
            Storage::NotCharged | Storage::Unknown => None,
        }
    }

    /// Whether an output is kept for a region or on the disks of a zone.
    fn scope(&self, stage: &str, output: &str) -> Option<Domain> {
        let outputs = &self.project.stages.get(stage)?.outputs;
        Some(outputs.get(output)?.scope)
    }

    fn locus(&self, placement: &Placement) -> Option<Locus> {
        let site = self.sites.find(&placement.location)?;
        let zone = placement.zone.as_ref();
        Some(Locus {
            site,
            place: zone.and_then(|zone| self.sites.zone(site, zone)),
        })
    }
}
