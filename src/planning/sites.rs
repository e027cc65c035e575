//! The places that stages and data can be in, and what it costs to move data between them.

use crate::catalog::{Catalog, Price, Quote, RegionIndex};
use crate::model::{Cluster, Location, Project, ProviderName};
use crate::units::Rate;

/// A site, by its place in [`Sites`]: first the regions of all clouds, then owned clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SiteIndex(pub(crate) u16);

/// A rate with the place where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundRate {
    /// In a catalog.
    Catalog(Quote),
    /// In the spec, given by the owner of the capacity.
    Spec(Rate),
}

impl FoundRate {
    pub(crate) const fn rate(self) -> Rate {
        match self {
            Self::Catalog(quote) => quote.rate,
            Self::Spec(rate) => rate,
        }
    }
}

/// Every place of one planning run.
#[derive(Debug)]
pub(crate) struct Sites<'a> {
    catalog: &'a Catalog,
    clusters: Vec<(&'a str, &'a Cluster)>,
    n_regions: u16,
}

impl<'a> Sites<'a> {
    pub(crate) fn new(catalog: &'a Catalog, project: &'a Project) -> Self {
        let clusters = project
            .clusters
            .iter()
            .map(|(name, c)| (name.as_str(), c))
            .collect();
        let n_regions = u16::try_from(catalog.regions().count()).unwrap_or(u16::MAX);
        Self {
            catalog,
            clusters,
            n_regions,
        }
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.n_regions) + self.clusters.len()
    }

    /// All sites, clouds first.
    pub(crate) fn all(&self) -> impl Iterator<Item = SiteIndex> + use<> {
        (0..u16::try_from(self.len()).unwrap_or(u16::MAX)).map(SiteIndex)
    }

    pub(crate) const fn of_region(region: RegionIndex) -> SiteIndex {
        SiteIndex(region.0)
    }

    /// Owned clusters with their names and sites.
    pub(crate) fn clusters(&self) -> impl Iterator<Item = (SiteIndex, &'a str, &'a Cluster)> {
        (self.n_regions..)
            .map(SiteIndex)
            .zip(&self.clusters)
            .map(|(site, (name, cluster))| (site, *name, *cluster))
    }

    pub(crate) fn location(&self, site: SiteIndex) -> Location {
        match self.side(site) {
            Side::Region(region) => {
                let region = self.catalog.region(region);
                Location {
                    provider: region.provider.to_string(),
                    region: region.name.clone(),
                }
            }
            Side::Owned(cluster) => Location {
                provider: Location::ONPREM.into(),
                region: cluster.site.clone(),
            },
        }
    }

    /// The site of a location written in the spec, if catalogs or clusters know it.
    pub(crate) fn find(&self, location: &Location) -> Option<SiteIndex> {
        if location.provider == Location::ONPREM {
            let found = self.clusters().find(|(_, _, c)| c.site == location.region);
            return found.map(|(site, _, _)| site);
        }
        let provider = ProviderName::from_name(&location.provider)?;
        self.catalog
            .find_region(provider, &location.region)
            .map(Self::of_region)
    }

    /// USD per GB for moving data; `None` when nobody says what it costs.
    pub(crate) fn movement(&self, from: SiteIndex, to: SiteIndex) -> Option<FoundRate> {
        if from == to {
            return Some(FoundRate::Spec(Rate::ZERO));
        }
        match (self.side(from), self.side(to)) {
            (Side::Region(from), Side::Region(to)) => known(self.catalog.transfer(from, to)),
            (Side::Region(from), Side::Owned(_)) => known(self.catalog.egress(from)),
            (Side::Owned(cluster), _) => {
                let to = self.location(to);
                let matching = cluster
                    .transfer
                    .iter()
                    .filter(|(pattern, _)| pattern.matches(&to.provider, &to.region));
                let best = matching.max_by_key(|(pattern, _)| pattern.specificity());
                best.map(|(_, rate)| FoundRate::Spec(*rate))
            }
        }
    }

    /// USD per GB-month for keeping outputs.
    pub(crate) fn storage(&self, site: SiteIndex) -> Storage {
        match self.side(site) {
            Side::Region(region) => {
                known(self.catalog.storage(region)).map_or(Storage::Unknown, Storage::Priced)
            }
            Side::Owned(cluster) => cluster.storage.map_or(Storage::NotCharged, |rate| {
                Storage::Priced(FoundRate::Spec(rate))
            }),
        }
    }

    fn side(&self, site: SiteIndex) -> Side<'a> {
        match site.0.checked_sub(self.n_regions) {
            None => Side::Region(RegionIndex(site.0)),
            Some(owned) => Side::Owned(self.clusters[usize::from(owned)].1),
        }
    }
}

/// What keeping data somewhere costs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Storage {
    /// So much per GB-month.
    Priced(FoundRate),
    /// The owner of the place names no price; shown as not priced.
    NotCharged,
    /// A cloud charges for it, and no catalog says how much.
    Unknown,
}

enum Side<'a> {
    Region(RegionIndex),
    Owned(&'a Cluster),
}

fn known(price: Price) -> Option<FoundRate> {
    price.quote().map(FoundRate::Catalog)
}
