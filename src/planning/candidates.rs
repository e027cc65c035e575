//! Which offerings a stage could run on, at what cost by site, and why the others can't.
//!
//! Of all offerings that a stage could use at one site, only the cheapest can be part of an
//! optimum: data cost depends on the site alone. Offerings that draw on limited capacity (an owned
//! pool, a quota) are kept apart, since the optimum may have to leave them to another stage.

use std::collections::BTreeMap;

use super::funnel::{Counts, Step};
use super::limits::{Limits, Usage};
use super::rivals;
use super::sites::{FoundRate, SiteIndex, Sites};
use super::sizing::{self, Shape, Sizing};
use crate::catalog::{
    Arch, Basis, Catalog, CpuVendor, CpuVendors, GpuCount, GpuIndex, InstanceType, PlaceIndex,
    TypeIndex,
};
use crate::model::{CapacityType, GpuChoice, NodePool, Project, Stage};
use crate::units::{Money, Quantity, Rate};

/// What a candidate runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Offered<'a> {
    /// An instance type in a zone.
    Cloud {
        place: PlaceIndex,
        instance_type: TypeIndex,
    },
    /// A pool of an owned cluster.
    Owned { cluster: &'a str, pool: &'a str },
}

/// An offering that meets every requirement of a stage, sized and priced.
#[derive(Debug, Clone)]
pub(crate) struct Candidate<'a> {
    pub(crate) site: SiteIndex,
    pub(crate) offered: Offered<'a>,
    pub(crate) capacity: CapacityType,
    pub(crate) rate: FoundRate,
    pub(crate) gpu: Option<GpuCount>,
    pub(crate) sizing: Sizing,
    /// Compute per month.
    pub(crate) compute: Money,
    /// Compute, storage and what datasets cost to bring here: all that depends on this stage alone.
    pub(crate) cost: Money,
    pub(crate) usage: Usage,
}

impl Candidate<'_> {
    /// Ties go to fewer nodes, then by (provider, region, zone, name): the indices are in that order.
    pub(crate) fn order(&self) -> (Money, u32, SiteIndex, Offered<'_>, CapacityType) {
        (
            self.cost,
            self.sizing.nodes,
            self.site,
            self.offered,
            self.capacity,
        )
    }

    /// Whether any figure of it is estimated.
    pub(crate) fn estimated(&self) -> bool {
        let rate =
            matches!(self.rate, FoundRate::Catalog(quote) if quote.basis == Basis::Estimated);
        rate || self.sizing.estimated_from.is_some()
    }
}

/// The candidates of one stage.
#[derive(Debug)]
pub(crate) struct StageCandidates<'a> {
    /// The cheapest by site and by limited capacity used, in order of site.
    pub(crate) kept: Vec<Candidate<'a>>,
    pub(crate) counts: Counts,
    /// Whether the preferred GPUs could not be had and the others were taken.
    pub(crate) escalated: bool,
}

/// What finding candidates needs to know besides the stage.
pub(crate) struct Market<'m, 'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) project: &'a Project,
    pub(crate) sites: &'m Sites<'a>,
    pub(crate) limits: &'m Limits<'a>,
}

/// Finds the candidates of a stage. `site_costs` holds, by site, what its data costs there: `None`
/// where that isn't known.
pub(crate) fn find<'a>(
    stage: &'a Stage,
    market: &Market<'_, 'a>,
    site_costs: &[Option<Money>],
) -> StageCandidates<'a> {
    let choice = stage.requirements.gpu.as_ref().map(|gpu| &gpu.value.choice);
    let passes: Vec<Option<&[String]>> = match choice {
        None | Some(GpuChoice::Any) => vec![None],
        Some(GpuChoice::AnyOf(names)) => vec![Some(&names.value)],
        Some(GpuChoice::Prefer {
            preferred,
            otherwise,
        }) => {
            let rest = otherwise.as_ref().map(|names| Some(names.value.as_slice()));
            std::iter::once(Some(preferred.value.as_slice()))
                .chain(rest)
                .collect()
        }
    };
    let last = passes.len() - 1;
    for (i, names) in passes.into_iter().enumerate() {
        let mut search = Search::new(stage, market, site_costs, names);
        search.clouds();
        search.owned();
        if !search.best.is_empty() || i == last {
            return StageCandidates {
                kept: rivals::undominated(search.best.into_values()),
                counts: search.counts,
                escalated: i > 0,
            };
        }
    }
    StageCandidates {
        kept: Vec::new(),
        counts: Counts::default(),
        escalated: false,
    }
}

/// One pass over all offerings for one stage.
struct Search<'m, 'a> {
    stage: &'a Stage,
    market: &'m Market<'m, 'a>,
    site_costs: &'m [Option<Money>],
    /// By GPU of the catalog: the first requirement that it fails.
    gpu_steps: Vec<Option<Step>>,
    vendors: Option<CpuVendors>,
    arch: Option<Arch>,
    counts: Counts,
    best: BTreeMap<(SiteIndex, Usage), Candidate<'a>>,
}

impl<'m, 'a> Search<'m, 'a> {
    fn new(
        stage: &'a Stage,
        market: &'m Market<'m, 'a>,
        site_costs: &'m [Option<Money>],
        names: Option<&[String]>,
    ) -> Self {
        let gpu_steps = market
            .catalog
            .gpus()
            .map(|(_, gpu)| gpu_step(stage, gpu, names))
            .collect();
        let needs = &stage.requirements;
        let vendors = needs.cpu_vendor.as_ref().map(|names| {
            let known = names
                .value
                .iter()
                .filter_map(|name| CpuVendor::from_name(name));
            known.fold(CpuVendors::default(), CpuVendors::with)
        });
        let arch = needs
            .arch
            .as_ref()
            .and_then(|arch| Arch::from_name(&arch.value));
        let (counts, best) = (Counts::default(), BTreeMap::new());
        Self {
            stage,
            market,
            site_costs,
            gpu_steps,
            vendors,
            arch,
            counts,
            best,
        }
    }

    fn clouds(&mut self) {
        let catalog = self.market.catalog;
        let places: Vec<Option<Step>> = catalog
            .places()
            .map(|(place, _)| self.place_step(place))
            .collect();
        let capacities = [CapacityType::OnDemand, CapacityType::Spot]
            .map(|capacity| (capacity, self.capacity_step(capacity)));
        for (index, instance_type) in catalog.instance_types() {
            let shape = shape_of(instance_type);
            let sized = self.size(&shape, Some(instance_type));
            let type_step = earliest([
                self.type_pin(&instance_type.name),
                sized.as_ref().err().copied(),
            ]);
            for row in catalog.rows_of(index) {
                let place_step = places[usize::from(row.place.0)];
                for (capacity, capacity_step) in capacities {
                    self.counts.total += 1;
                    let step = earliest([place_step, capacity_step, type_step]);
                    let (Ok(sized), None) = (&sized, step) else {
                        self.counts.remove(step.unwrap_or(Step::Work));
                        continue;
                    };
                    let Some(quote) = row.price(capacity).quote() else {
                        self.counts.remove(Step::PriceKnown);
                        continue;
                    };
                    let region = catalog.place(row.place).region;
                    self.offer(Offer {
                        site: Sites::of_region(region),
                        offered: Offered::Cloud {
                            place: row.place,
                            instance_type: index,
                        },
                        capacity,
                        rate: FoundRate::Catalog(quote),
                        gpu: shape.gpu,
                        sized,
                    });
                }
            }
        }
    }

    fn owned(&mut self) {
        for (site, name, cluster) in self.market.sites.clusters() {
            for (pool_name, pool) in &cluster.node_pools {
                self.counts.total += 1;
                let shape = shape_of_pool(pool, self.market.catalog);
                let sized = self.size(&shape, None).and_then(|sized| {
                    let enough = sized.sizing.nodes <= pool.nodes;
                    if enough {
                        Ok(sized)
                    } else {
                        Err(Step::OwnedNodes)
                    }
                });
                let step = earliest([
                    self.owned_step(&cluster.site, pool_name),
                    self.capacity_step(CapacityType::Reserved),
                    sized.as_ref().err().copied(),
                ]);
                let (Ok(sized), None) = (&sized, step) else {
                    self.counts.remove(step.unwrap_or(Step::Work));
                    continue;
                };
                self.offer(Offer {
                    site,
                    offered: Offered::Owned {
                        cluster: name,
                        pool: pool_name,
                    },
                    capacity: CapacityType::Reserved,
                    rate: FoundRate::Spec(pool.cost_per_node_hour),
                    gpu: shape.gpu,
                    sized,
                });
            }
        }
    }

    /// Checks what only a rate and a site can fail, and keeps the offering if it is the best yet.
    fn offer(&mut self, offer: Offer<'_, 'a>) {
        let rate = offer.rate.rate();
        let too_dear = |limit: Rate| rate > limit;
        if self
            .stage
            .requirements
            .max_node_hour
            .as_ref()
            .is_some_and(|max| too_dear(max.value))
        {
            return self.counts.remove(Step::MaxNodeHour);
        }
        let Some(site_cost) = self.site_costs[usize::from(offer.site.0)] else {
            return self.counts.remove(Step::DataPriced);
        };
        let sizing = &offer.sized.sizing;
        let usage =
            self.market
                .limits
                .usage(&offer.offered, offer.gpu, sizing.nodes, self.market.catalog);
        let compute = Money::charge(rate, offer.sized.node_hours);
        let cost = compute + site_cost;
        let known = self.best.get(&(offer.site, usage.clone()));
        let order = (
            cost,
            sizing.nodes,
            offer.site,
            offer.offered,
            offer.capacity,
        );
        if known.is_none_or(|known| order < known.order()) {
            let candidate = Candidate {
                site: offer.site,
                offered: offer.offered,
                capacity: offer.capacity,
                rate: offer.rate,
                gpu: offer.gpu,
                sizing: sizing.clone(),
                compute,
                cost,
                usage: usage.clone(),
            };
            self.best.insert((offer.site, usage), candidate);
        }
    }

    /// Sizes the stage on a shape after the requirements that the shape alone decides.
    fn size(&self, shape: &Shape, of: Option<&InstanceType>) -> Result<Sized, Step> {
        if self.stage.requirements.gpu.is_some() {
            let step = shape.gpu.map_or(Some(Step::GpuModel), |g| {
                self.gpu_steps[usize::from(g.gpu.0)]
            });
            if let Some(step) = step {
                return Err(step);
            }
        }
        let sized = sizing::size(self.stage, shape, self.market.catalog);
        if let Some(step) = earliest([
            self.processor_step(shape, of),
            sized.as_ref().err().copied(),
        ]) {
            return Err(step);
        }
        sized.map(|sizing| Sized {
            node_hours: sizing.node_hours(),
            sizing,
        })
    }

    fn processor_step(&self, shape: &Shape, of: Option<&InstanceType>) -> Option<Step> {
        let needs = &self.stage.requirements;
        let disk_min = needs.local_disk_min.as_ref().map(|size| size.value.get());
        let disk = u64::from(shape.local_disk_gb.unwrap_or(0)) * 1_000_000_000;
        if self.arch.is_some() && shape.arch != self.arch {
            Some(Step::Arch)
        } else if self
            .vendors
            .is_some_and(|allowed| !shape.cpu_vendors.all_within(allowed))
        {
            Some(Step::CpuVendor)
        } else if of.is_some_and(InstanceType::burstable) {
            Some(Step::Sustained)
        } else if disk_min.is_some_and(|min| disk < min) {
            Some(Step::LocalDisk)
        } else {
            None
        }
    }

    fn place_step(&self, index: PlaceIndex) -> Option<Step> {
        let place = self.market.catalog.place(index);
        let region = self.market.catalog.region(place.region);
        let providers = &self.market.project.providers;
        let allowed = match providers.get(&region.provider) {
            Some(settings) => {
                settings.regions.is_empty()
                    || settings.regions.iter().any(|r| r.value == region.name)
            }
            None => providers.is_empty(),
        };
        if !allowed {
            return Some(Step::Providers);
        }
        let pin = self.stage.pin.as_ref();
        let pinned = |wanted: Option<&str>, have: &str| wanted.is_none_or(|w| w == have);
        let fits = pin.is_none_or(|pin| {
            pinned(
                pin.provider.as_ref().map(|w| w.value.as_str()),
                region.provider.as_str(),
            ) && pinned(pin.region.as_ref().map(|w| w.value.as_str()), &region.name)
                && pinned(
                    pin.zone.as_ref().map(|w| w.value.as_str()),
                    place.zone.as_deref().unwrap_or(""),
                )
        });
        if !fits {
            return Some(Step::Pin);
        }
        self.location_step(region.provider.as_str(), &region.name)
    }

    fn owned_step(&self, site: &str, pool: &str) -> Option<Step> {
        let pin = self.stage.pin.as_ref();
        let fits = pin.is_none_or(|pin| {
            pin.provider
                .as_ref()
                .is_none_or(|w| w.value == crate::model::Location::ONPREM)
                && pin.region.as_ref().is_none_or(|w| w.value == site)
                && pin.zone.is_none()
                && pin.instance_type.as_ref().is_none_or(|w| w.value == pool)
        });
        if fits {
            self.location_step(crate::model::Location::ONPREM, site)
        } else {
            Some(Step::Pin)
        }
    }

    fn location_step(&self, provider: &str, region: &str) -> Option<Step> {
        let patterns = self.stage.requirements.locations.as_ref()?;
        let inside = patterns.value.iter().any(|p| p.matches(provider, region));
        if inside { None } else { Some(Step::Locations) }
    }

    fn type_pin(&self, name: &str) -> Option<Step> {
        let wanted = self.stage.pin.as_ref()?.instance_type.as_ref()?;
        if wanted.value == name {
            None
        } else {
            Some(Step::Pin)
        }
    }

    fn capacity_step(&self, capacity: CapacityType) -> Option<Step> {
        let pinned = self
            .stage
            .pin
            .as_ref()
            .and_then(|pin| pin.capacity.as_ref());
        if pinned.is_some_and(|wanted| wanted.value != capacity) {
            return Some(Step::Pin);
        }
        let listed = self.stage.requirements.capacity.as_ref();
        let refused = listed.is_some_and(|allowed| !allowed.value.contains(&capacity));
        let risky = capacity == CapacityType::Spot && !self.stage.interruption.tolerated;
        if refused || risky {
            Some(Step::Capacity)
        } else {
            None
        }
    }
}

struct Sized {
    sizing: Sizing,
    node_hours: Quantity,
}

struct Offer<'s, 'a> {
    site: SiteIndex,
    offered: Offered<'a>,
    capacity: CapacityType,
    rate: FoundRate,
    gpu: Option<GpuCount>,
    sized: &'s Sized,
}

fn earliest<const N: usize>(steps: [Option<Step>; N]) -> Option<Step> {
    steps.into_iter().flatten().min()
}

fn gpu_step(stage: &Stage, gpu: &crate::catalog::Gpu, names: Option<&[String]>) -> Option<Step> {
    let needs = &stage.requirements.gpu.as_ref()?.value;
    if names.is_some_and(|names| !names.iter().any(|name| gpu.answers_to(name))) {
        return Some(Step::GpuModel);
    }
    let memory = gpu.memory_mib.map(u64::from);
    // A card sold as 24 GiB reports a little less; its nominal size is what people ask for.
    let enough = |min: u64| memory.is_some_and(|mib| mib * 100 >= min * 97);
    if needs
        .memory_min
        .as_ref()
        .is_some_and(|min| !enough(min.value.mib_ceil()))
    {
        return Some(Step::GpuMemory);
    }
    let newer = |min: (u32, u32)| gpu.compute_capability.is_some_and(|have| have >= min);
    if needs
        .compute_capability_min
        .as_ref()
        .is_some_and(|min| !newer(min.value))
    {
        return Some(Step::ComputeCapability);
    }
    None
}

fn shape_of(instance_type: &InstanceType) -> Shape {
    Shape {
        vcpus_milli: instance_type.vcpus_milli,
        memory_mib: instance_type.memory_mib,
        arch: instance_type.arch,
        cpu_vendors: instance_type.cpu_vendors,
        gpu: instance_type.gpu,
        local_disk_gb: instance_type.local_disk_gb,
    }
}

fn shape_of_pool(pool: &NodePool, catalog: &Catalog) -> Shape {
    let vendor = pool.cpu_vendor.as_deref().and_then(CpuVendor::from_name);
    let gpu = pool
        .gpu
        .as_ref()
        .and_then(|gpu| pool_gpu(&gpu.value, catalog));
    Shape {
        vcpus_milli: pool.vcpus.saturating_mul(1000),
        memory_mib: u32::try_from(pool.memory.get() >> 20).ok(),
        arch: Arch::from_name(&pool.arch),
        cpu_vendors: vendor.map_or(CpuVendors::default(), |v| CpuVendors::default().with(v)),
        gpu: gpu.map(|gpu| GpuCount {
            gpu,
            milli: pool.gpus_per_node.saturating_mul(1000),
        }),
        local_disk_gb: None,
    }
}

/// The GPU that an owned pool's name means: the exact one, else the first variant of the family
/// with the least memory, which promises least.
pub(crate) fn pool_gpu(name: &str, catalog: &Catalog) -> Option<GpuIndex> {
    let variants = || catalog.gpus().filter(|(_, gpu)| gpu.answers_to(name));
    let exact = variants().find(|(_, gpu)| gpu.name.eq_ignore_ascii_case(name));
    exact
        .or_else(|| variants().min_by_key(|(_, gpu)| gpu.memory_mib))
        .map(|(index, _)| index)
}
