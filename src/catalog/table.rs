use std::ops::Range;

use super::interruption::InterruptionTable;
use super::{
    Bandwidth, Gpu, GpuIndex, InstanceType, Interruption, InterruptionBucket, Place, PlaceIndex,
    Price, Region, RegionIndex, SourceIndex, SourceInfo, TypeIndex, UnknownReason,
};
use crate::model::{CapacityType, ProviderName};
use crate::units::Date;

/// One instance type in one zone with its rates per node-hour: two offerings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which machine shape.
    pub instance_type: TypeIndex,
    /// Where.
    pub place: PlaceIndex,
    /// Rate on demand.
    pub on_demand: Price,
    /// Rate on spot.
    pub spot: Price,
}

impl Row {
    /// The rate of a capacity type; a catalog never has `reserved`.
    #[must_use]
    pub const fn price(&self, capacity: CapacityType) -> Price {
        match capacity {
            CapacityType::OnDemand => self.on_demand,
            CapacityType::Spot => self.spot,
            CapacityType::Reserved => Price::Unknown {
                reason: UnknownReason::NotSold,
            },
        }
    }
}

/// Identity and age of one catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogInfo {
    /// `aws`, `azure`, `gcp`, `lambda`, `bandwidth`, `gpus`, `regions`, `spot`, `storage`,
    /// `transfer`.
    pub name: String,
    /// The day of its oldest main figures.
    pub as_of: Date,
    /// sha-256 of its canonical text, in hex.
    pub sha256: String,
    /// Rows in it.
    pub rows: u32,
}

/// What a catalog is made of.
///
/// Invariants that [`Catalog::new`] expects: `instance_types` sorted by (provider, name), `regions`
/// by (provider, name), `places` by (region, zone), `rows` by (instance type, place), `gpus` by
/// name, `interruptions` by (instance type, region); every index within its list; `transfer` and
/// `bandwidth` with `regions.len()²` entries, row by source.
#[derive(Debug, Clone, Default)]
pub struct CatalogParts {
    /// Identity and age of each catalog, by name.
    pub infos: Vec<CatalogInfo>,
    /// Where figures come from.
    pub sources: Vec<SourceInfo>,
    /// GPUs, by name.
    pub gpus: Vec<Gpu>,
    /// Machine shapes.
    pub instance_types: Vec<InstanceType>,
    /// Regions of all providers.
    pub regions: Vec<Region>,
    /// Zones.
    pub places: Vec<Place>,
    /// Offerings.
    pub rows: Vec<Row>,
    /// USD per GB from region to region, row by source: `from × regions.len() + to`.
    pub transfer: Vec<Price>,
    /// USD per GB from a region to the internet and to owned sites.
    pub egress: Vec<Price>,
    /// USD per GB-month of object storage, by region.
    pub storage: Vec<Price>,
    /// USD per GB between machines in two zones of a region, by region.
    pub between_zones: Vec<Price>,
    /// How often spot machines are interrupted.
    pub interruptions: Vec<Interruption>,
    /// How fast data moves from region to region, row by source; `None` within a region.
    pub bandwidth: Vec<Option<Bandwidth>>,
}

/// All catalogs together, ready to plan with.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    parts: CatalogParts,
    /// Where the rows of each instance type begin; one more entry than types.
    row_starts: Vec<u32>,
    interruptions: InterruptionTable,
}

impl Catalog {
    /// Reads the compiled form.
    ///
    /// # Errors
    ///
    /// [`CatalogError`](super::CatalogError) when the bytes aren't a whole, undamaged catalog of a
    /// version that this program knows.
    pub fn from_compiled(bytes: &[u8]) -> Result<Self, super::CatalogError> {
        super::compiled::decode(bytes).map(Self::new)
    }

    /// Takes the parts; see [`CatalogParts`] for what must hold of them.
    #[must_use]
    pub fn new(parts: CatalogParts) -> Self {
        let mut row_starts = vec![0u32; parts.instance_types.len() + 1];
        for row in &parts.rows {
            row_starts[usize::from(row.instance_type.0) + 1] += 1;
        }
        for i in 1..row_starts.len() {
            row_starts[i] += row_starts[i - 1];
        }
        let types = parts.instance_types.len();
        Self {
            interruptions: InterruptionTable::new(types, &parts.interruptions),
            // They are in the table now; once is enough.
            parts: CatalogParts {
                interruptions: Vec::new(),
                ..parts
            },
            row_starts,
        }
    }

    /// Identity and age of each catalog, by name.
    #[must_use]
    pub fn infos(&self) -> &[CatalogInfo] {
        &self.parts.infos
    }

    /// A source.
    #[must_use]
    pub fn source(&self, index: SourceIndex) -> &SourceInfo {
        &self.parts.sources[usize::from(index.0)]
    }

    /// All sources.
    #[must_use]
    pub fn sources(&self) -> &[SourceInfo] {
        &self.parts.sources
    }

    /// A GPU.
    #[must_use]
    pub fn gpu(&self, index: GpuIndex) -> &Gpu {
        &self.parts.gpus[usize::from(index.0)]
    }

    /// All GPUs with their indices, by name.
    pub fn gpus(&self) -> impl Iterator<Item = (GpuIndex, &Gpu)> {
        (0u16..).map(GpuIndex).zip(&self.parts.gpus)
    }

    /// An instance type.
    #[must_use]
    pub fn instance_type(&self, index: TypeIndex) -> &InstanceType {
        &self.parts.instance_types[usize::from(index.0)]
    }

    /// All instance types with their indices, by (provider, name).
    pub fn instance_types(&self) -> impl Iterator<Item = (TypeIndex, &InstanceType)> {
        (0u16..).map(TypeIndex).zip(&self.parts.instance_types)
    }

    /// A place.
    #[must_use]
    pub fn place(&self, index: PlaceIndex) -> &Place {
        &self.parts.places[usize::from(index.0)]
    }

    /// All places with their indices.
    pub fn places(&self) -> impl Iterator<Item = (PlaceIndex, &Place)> {
        (0u16..).map(PlaceIndex).zip(&self.parts.places)
    }

    /// A region.
    #[must_use]
    pub fn region(&self, index: RegionIndex) -> &Region {
        &self.parts.regions[usize::from(index.0)]
    }

    /// All regions with their indices, by (provider, name).
    pub fn regions(&self) -> impl Iterator<Item = (RegionIndex, &Region)> {
        (0u16..).map(RegionIndex).zip(&self.parts.regions)
    }

    /// The region of that name, if the catalogs know it.
    #[must_use]
    pub fn find_region(&self, provider: ProviderName, name: &str) -> Option<RegionIndex> {
        let key = |r: &Region| (r.provider, r.name.as_str()).cmp(&(provider, name));
        let found = self.parts.regions.binary_search_by(key).ok()?;
        u16::try_from(found).ok().map(RegionIndex)
    }

    /// The rows of one instance type, by place.
    #[must_use]
    pub fn rows_of(&self, index: TypeIndex) -> &[Row] {
        let at = usize::from(index.0);
        let range: Range<usize> = self.row_starts[at] as usize..self.row_starts[at + 1] as usize;
        &self.parts.rows[range]
    }

    /// All rows, by (instance type, place).
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.parts.rows
    }

    /// How many offerings there are: two (on demand and spot) for each row.
    #[must_use]
    pub fn offering_count(&self) -> usize {
        self.parts.rows.len() * 2
    }

    /// USD per GB from one region to another, through object storage: nothing within a region.
    #[must_use]
    pub fn transfer(&self, from: RegionIndex, to: RegionIndex) -> Price {
        self.parts.transfer[usize::from(from.0) * self.parts.regions.len() + usize::from(to.0)]
    }

    /// USD per GB from a region to the internet and to owned sites.
    #[must_use]
    pub fn egress(&self, from: RegionIndex) -> Price {
        self.parts.egress[usize::from(from.0)]
    }

    /// USD per GB-month of object storage in a region.
    #[must_use]
    pub fn storage(&self, region: RegionIndex) -> Price {
        self.parts.storage[usize::from(region.0)]
    }

    /// USD per GB between machines in two zones of a region, both directions' charges together.
    #[must_use]
    pub fn between_zones(&self, region: RegionIndex) -> Price {
        self.parts.between_zones[usize::from(region.0)]
    }

    /// How often spot machines of one type are interrupted, by region; only AWS says so.
    #[must_use]
    pub fn interruptions_of(&self, index: TypeIndex) -> &[(RegionIndex, InterruptionBucket)] {
        self.interruptions.of(index)
    }

    /// How often spot machines of one type are interrupted in a region, and which source says so.
    #[must_use]
    pub fn interruption(
        &self,
        index: TypeIndex,
        region: RegionIndex,
    ) -> Option<(InterruptionBucket, SourceIndex)> {
        self.interruptions.find(index, region)
    }

    /// How fast data moves from one region to another, between one machine in each. `None` within
    /// a region, whose traffic is part of measured work, and when nothing was ever measured.
    #[must_use]
    pub fn bandwidth(&self, from: RegionIndex, to: RegionIndex) -> Option<Bandwidth> {
        let regions = self.parts.regions.len();
        let at = usize::from(from.0) * regions + usize::from(to.0);
        self.parts.bandwidth.get(at).copied().flatten()
    }
}
