//! Which offerings meet a few plain filters, cheapest first. For reading a catalog; planning
//! chooses in its own way.

use std::collections::BTreeMap;

use super::{Catalog, GpuIndex, InstanceType, PlaceIndex, Price, Row, SourceIndex, TypeIndex};
use crate::model::{CapacityType, LocationPattern, ProviderName};
use crate::units::Rate;

/// What offerings must be like; an empty filter lets everything pass.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Offered by this provider.
    pub provider: Option<ProviderName>,
    /// In a region or zone of such a name; `*` stands for any characters.
    pub region: Option<String>,
    /// With a GPU of this name or family.
    pub gpu: Option<String>,
    /// Of such a type; `*` stands for any characters.
    pub instance_type: Option<String>,
    /// Of this capacity type.
    pub capacity: Option<CapacityType>,
    /// At most so many USD per node-hour. Offerings without a known rate don't pass.
    pub max_rate: Option<Rate>,
}

/// An offering that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offering {
    /// Which machine shape.
    pub instance_type: TypeIndex,
    /// Where.
    pub place: PlaceIndex,
    /// On demand or spot.
    pub capacity: CapacityType,
    /// USD per node-hour.
    pub price: Price,
}

impl Offering {
    /// Known rates first and cheapest first, then by type, place and capacity type.
    fn order(&self) -> (bool, Option<Rate>, TypeIndex, PlaceIndex, CapacityType) {
        let rate = self.price.quote().map(|q| q.rate);
        (
            rate.is_none(),
            rate,
            self.instance_type,
            self.place,
            self.capacity,
        )
    }
}

/// One hour of one GPU on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuHour {
    /// USD per GPU-hour: that of the node shared out among its GPUs.
    pub rate: Rate,
    /// What it is rented as.
    pub instance_type: TypeIndex,
    /// Where.
    pub place: PlaceIndex,
    /// Which source says so.
    pub source: SourceIndex,
}

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Cheapest first; those without a known rate last.
    pub offerings: Vec<Offering>,
    /// How many were left out only because their rate isn't known and a highest one was given.
    pub unpriced: usize,
}

impl Catalog {
    /// The GPUs that a name of a spec means.
    pub fn gpus_called(&self, name: &str) -> impl Iterator<Item = GpuIndex> {
        self.gpus()
            .filter(move |(_, gpu)| gpu.answers_to(name))
            .map(|(index, _)| index)
    }

    /// The offerings that pass a filter.
    #[must_use]
    pub fn search(&self, filter: &Filter) -> Found {
        let gpus: Option<Vec<GpuIndex>> = filter
            .gpu
            .as_deref()
            .map(|name| self.gpus_called(name).collect());
        let places: Vec<bool> = self
            .places()
            .map(|(index, _)| self.place_passes(index, filter))
            .collect();
        let mut found = Found::default();
        for (index, instance_type) in self.instance_types() {
            if !type_passes(instance_type, gpus.as_deref(), filter) {
                continue;
            }
            let rows = self.rows_of(index).iter();
            for row in rows.filter(|r| places[usize::from(r.place.0)]) {
                found.add(row, filter);
            }
        }
        found.offerings.sort_by_key(Offering::order);
        found
    }

    /// The cheapest known rate on demand of each GPU for one hour of one GPU, everything else of its
    /// node included. Parts of a GPU aren't counted.
    #[must_use]
    pub fn cheapest_gpu_hours(&self) -> BTreeMap<GpuIndex, GpuHour> {
        let mut cheapest: BTreeMap<GpuIndex, GpuHour> = BTreeMap::new();
        for (index, instance_type) in self.instance_types() {
            let Some(gpu) = instance_type.gpu.filter(|gpu| gpu.milli >= 1000) else {
                continue;
            };
            let quotes = self.rows_of(index).iter();
            for (quote, place) in quotes.filter_map(|r| Some((r.on_demand.quote()?, r.place))) {
                let Some(rate) = quote.rate.checked_ratio(1000, gpu.milli.into()) else {
                    continue;
                };
                let hour = GpuHour {
                    rate,
                    instance_type: index,
                    place,
                    source: quote.source,
                };
                let least = cheapest.entry(gpu.gpu).or_insert(hour);
                if hour.rate < least.rate {
                    *least = hour;
                }
            }
        }
        cheapest
    }

    fn place_passes(&self, index: PlaceIndex, filter: &Filter) -> bool {
        let place = self.place(index);
        let region = self.region(place.region);
        let Some(pattern) = &filter.region else {
            return true;
        };
        let qualified = if pattern.contains('/') {
            LocationPattern::new(pattern)
        } else {
            LocationPattern::new(format!("*/{pattern}"))
        };
        let provider = region.provider.as_str();
        let mut names = [Some(region.name.as_str()), place.zone.as_deref()].into_iter();
        names.any(|name| name.is_some_and(|n| qualified.matches(provider, n)))
    }
}

fn type_passes(instance_type: &InstanceType, gpus: Option<&[GpuIndex]>, filter: &Filter) -> bool {
    let provider = filter.provider.is_none_or(|p| p == instance_type.provider);
    let named = filter.instance_type.as_ref().is_none_or(|pattern| {
        let pattern = LocationPattern::new(format!("*/{pattern}"));
        pattern.matches(instance_type.provider.as_str(), &instance_type.name)
    });
    let gpu = gpus.is_none_or(|gpus| instance_type.gpu.is_some_and(|g| gpus.contains(&g.gpu)));
    provider && named && gpu
}

impl Found {
    fn add(&mut self, row: &Row, filter: &Filter) {
        for capacity in [CapacityType::OnDemand, CapacityType::Spot] {
            if filter.capacity.is_some_and(|c| c != capacity) {
                continue;
            }
            let price = row.price(capacity);
            match (price.quote(), filter.max_rate) {
                (None, Some(_)) => self.unpriced += 1,
                (Some(quote), Some(max)) if quote.rate > max => {}
                _ => self.offerings.push(Offering {
                    instance_type: row.instance_type,
                    place: row.place,
                    capacity,
                    price,
                }),
            }
        }
    }
}
