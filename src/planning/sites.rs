//! The places that stages and data can be in, and what it costs to move data between them.

use std::cell::OnceCell;

use crate::catalog::{Basis, Catalog, PlaceIndex, Price, Quote, RegionIndex};
use crate::model::{Cluster, Domain, Location, Project, ProviderName};
use crate::units::{Bytes, Duration, Rate};

/// A site, by its place in [`Sites`]: first the regions of all clouds, then owned clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SiteIndex(pub(crate) u16);

/// A site, and the zone in it where that matters: data on the disks of a zone, or company that must
/// be in the same zone or in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Locus {
    pub(crate) site: SiteIndex,
    /// `None` when any zone will do, and in owned clusters.
    pub(crate) place: Option<PlaceIndex>,
}

impl From<SiteIndex> for Locus {
    fn from(site: SiteIndex) -> Self {
        Self { site, place: None }
    }
}

/// How long moving data takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// No longer than reading what lies beside the nodes, which belongs to the measured work.
    None,
    /// So long, and whether that is estimated.
    For { time: Duration, estimated: bool },
    /// Nobody has measured it.
    Unknown,
}

impl Wait {
    /// The time as counted: what isn't known can't be.
    pub(crate) const fn counted(self) -> Duration {
        match self {
            Self::For { time, .. } => time,
            Self::None | Self::Unknown => Duration::ZERO,
        }
    }
}

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
    /// By site: kilobits per second from where its bandwidth is least.
    slowest: OnceCell<Vec<Option<u64>>>,
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
            slowest: OnceCell::new(),
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

    /// The provider of a site; owned clusters have none.
    pub(crate) fn provider(&self, site: SiteIndex) -> Option<ProviderName> {
        match self.side(site) {
            Side::Region(region) => Some(self.catalog.region(region).provider),
            Side::Owned(_) => None,
        }
    }

    /// Whether it is told which zone a locus is in.
    pub(crate) fn zone_known(&self, locus: Locus) -> bool {
        let place = locus.place.map(|place| self.catalog.place(place));
        place.is_some_and(|place| place.zone.is_some())
    }

    /// The place of a zone of a region, if the catalogs know it.
    pub(crate) fn zone(&self, site: SiteIndex, zone: &str) -> Option<PlaceIndex> {
        let mut places = self.catalog.places();
        let found = places.find(|(_, place)| {
            Self::of_region(place.region) == site && place.zone.as_deref() == Some(zone)
        });
        found.map(|(index, _)| index)
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

    /// USD per GB for moving data; `None` when nobody says what it costs. Data of a zone costs on
    /// the way to another zone too; other data is kept for the whole region.
    pub(crate) fn movement(&self, from: Locus, to: Locus, scope: Domain) -> Option<FoundRate> {
        if from.site == to.site {
            return match (self.side(from.site), scope) {
                (Side::Region(region), Domain::Zone) if from.place != to.place => {
                    known(self.catalog.between_zones(region))
                }
                _ => Some(FoundRate::Spec(Rate::ZERO)),
            };
        }
        match (self.side(from.site), self.side(to.site)) {
            (Side::Region(from), Side::Region(to)) => known(self.catalog.transfer(from, to)),
            (Side::Region(from), Side::Owned(_)) => known(self.catalog.egress(from)),
            (Side::Owned(cluster), _) => {
                let best = self.matching(&cluster.transfer, to.site);
                best.map(FoundRate::Spec)
            }
        }
    }

    /// How long so much data takes from one site to another, over the bandwidth of one pair of
    /// machines.
    pub(crate) fn wait(&self, from: SiteIndex, to: SiteIndex, amount: Bytes) -> Wait {
        if from == to {
            return Wait::None;
        }
        match self.bandwidth(from, to) {
            Some((kilobits, estimated)) => Wait::For {
                time: transfer_time(amount, kilobits),
                estimated,
            },
            None => Wait::Unknown,
        }
    }

    /// Kilobits per second from one site to another; `None` where data isn't waited for: beside the
    /// nodes, and where nobody has measured it.
    pub(crate) fn speed(&self, from: SiteIndex, to: SiteIndex) -> Option<u64> {
        let elsewhere = (from != to).then(|| self.bandwidth(from, to))?;
        elsewhere.map(|(kilobits, _)| kilobits)
    }

    /// Most time that so much data can take to a site, wherever it comes from.
    pub(crate) fn longest_wait(&self, to: SiteIndex, amount: Bytes) -> Duration {
        let slowest = self.slowest.get_or_init(|| {
            let into = |to: SiteIndex| {
                let others = self.all().filter(|from| *from != to);
                others
                    .filter_map(|from| self.bandwidth(from, to))
                    .map(|(b, _)| b)
                    .min()
            };
            self.all().map(into).collect()
        });
        slowest[usize::from(to.0)].map_or(Duration::ZERO, |b| transfer_time(amount, b))
    }

    /// Kilobits per second from one site to another, above zero, and whether that is estimated.
    fn bandwidth(&self, from: SiteIndex, to: SiteIndex) -> Option<(u64, bool)> {
        let of_cluster = |cluster: &Cluster, other| {
            // Millionths of a gigabit are kilobits.
            let gigabits = self.matching(&cluster.throughput, other)?;
            Some((gigabits.get(), false))
        };
        let known = match (self.side(from), self.side(to)) {
            (Side::Region(from), Side::Region(to)) => {
                let known = self.catalog.bandwidth(from, to)?;
                let estimated = known.basis == Basis::Estimated;
                Some((u64::from(known.megabits_per_second) * 1000, estimated))
            }
            (Side::Owned(cluster), _) => of_cluster(cluster, to),
            (_, Side::Owned(cluster)) => of_cluster(cluster, from),
        };
        known.filter(|(kilobits, _)| *kilobits > 0)
    }

    /// The value of the most specific pattern that a site matches.
    fn matching<T: Copy>(
        &self,
        patterns: &[(crate::model::LocationPattern, T)],
        site: SiteIndex,
    ) -> Option<T> {
        let location = self.location(site);
        let matching = patterns
            .iter()
            .filter(|(pattern, _)| pattern.matches(&location.provider, &location.region));
        let best = matching.max_by_key(|(pattern, _)| pattern.specificity());
        best.map(|(_, value)| *value)
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

/// How long so much takes at so many kilobits per second: bits over kilobits per second are
/// milliseconds.
pub(crate) fn transfer_time(amount: Bytes, kilobits: u64) -> Duration {
    let kilobits = kilobits.max(1);
    let millis = match amount.get().checked_mul(8) {
        Some(bits) => bits / kilobits,
        None => {
            let millis = u128::from(amount.get()) * 8 / u128::from(kilobits);
            u64::try_from(millis).unwrap_or(u64::MAX)
        }
    };
    Duration::from_millis(millis)
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
