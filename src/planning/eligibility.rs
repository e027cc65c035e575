//! What of an offering can be judged before it is sized: place, capacity type, processor, GPU.

use super::gpu_fit::Fitting;
use super::shape::{Shape, means};
use super::step::{Step, StepSet};
use crate::catalog::{Arch, Catalog, CpuVendor, CpuVendors, Gpu, InstanceType, PlaceIndex};
use crate::model::{CapacityType, Location, Project, ProviderName, Stage};
use crate::units::Bytes;

/// Nominal memory that a card may report less of, in percent. Cards keep some of what they are sold
/// with for error correction: an A2 of 16 GB reports 15,356 MiB, an L4 of 24 GB 23,034 MiB, which is
/// 6.3 % less than 16 and 24 GiB. People ask for the size on the label.
const MEMORY_PERCENT: u64 = 93;

/// The requirements of one stage, prepared for being held against many offerings.
pub(crate) struct Eligibility<'a> {
    stage: &'a Stage,
    project: &'a Project,
    catalog: &'a Catalog,
    /// By GPU of the catalog: the requirements that it fails, without memory.
    gpu_fails: Vec<StepSet>,
    /// Whether its model fits a GPU; `None` where there is nothing to judge.
    fitting: Option<Fitting>,
    vendors: Option<CpuVendors>,
    arch: Option<Arch>,
}

impl<'a> Eligibility<'a> {
    /// `names` are the GPUs of this pass; any GPU will do when there are none.
    pub(crate) fn new(
        stage: &'a Stage,
        project: &'a Project,
        catalog: &'a Catalog,
        names: Option<&[String]>,
    ) -> Self {
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
        let gpu_fails = catalog
            .gpus()
            .map(|(_, gpu)| gpu_fails(stage, gpu, names))
            .collect();
        Self {
            stage,
            project,
            catalog,
            gpu_fails,
            fitting: Fitting::of(stage, project),
            vendors,
            arch,
        }
    }

    /// Judges the GPUs of a node; a stage that asks for none takes any.
    pub(crate) fn gpu_step(&self, shape: &Shape) -> Option<Step> {
        self.gpu_fails(shape).first()
    }

    /// All requirements on GPUs that those of a node fail. A node without any fails them all.
    pub(crate) fn gpu_fails(&self, shape: &Shape) -> StepSet {
        let Some(needs) = &self.stage.requirements.gpu else {
            return StepSet::default();
        };
        match shape.gpu {
            Some(gpu) => {
                let least = needs.value.memory_min.as_ref().map(|min| min.value);
                let small = least.is_some_and(|min| !self.has_memory(shape, min));
                let fitting = self.fitting.as_ref();
                let fits = fitting.is_none_or(|fitting| fitting.fits(gpu, self.catalog));
                self.gpu_fails[usize::from(gpu.gpu.0)]
                    .with_if(small, Step::GpuMemory)
                    .with_if(!fits, Step::GpuFit)
            }
            None => StepSet::default()
                .with(Step::GpuModel)
                .with_if(needs.value.memory_min.is_some(), Step::GpuMemory)
                .with_if(
                    needs.value.compute_capability_min.is_some(),
                    Step::ComputeCapability,
                )
                .with_if(self.fitting.is_some(), Step::GpuFit),
        }
    }

    /// Whether each GPU of a node has so much memory, less what cards report less of.
    fn has_memory(&self, shape: &Shape, min: Bytes) -> bool {
        let have = shape.gpu_memory_mib(self.catalog).map(u64::from);
        let need = min.mib_ceil().saturating_mul(MEMORY_PERCENT);
        have.is_some_and(|mib| mib * 100 >= need)
    }

    pub(crate) fn processor_step(&self, shape: &Shape, of: Option<&InstanceType>) -> Option<Step> {
        self.processor_fails(shape, of).first()
    }

    /// All requirements on the rest of a node that it fails.
    pub(crate) fn processor_fails(&self, shape: &Shape, of: Option<&InstanceType>) -> StepSet {
        let needs = &self.stage.requirements;
        let disk_min = needs.local_disk_min.as_ref().map(|size| size.value.get());
        let disk = u64::from(shape.local_disk_gb.unwrap_or(0)) * 1_000_000_000;
        let vendors = self.vendors;
        let others = vendors.is_some_and(|allowed| !shape.cpu_vendors.all_within(allowed));
        let shared = of.is_some_and(InstanceType::burstable) && !self.pins_type();
        StepSet::default()
            .with_if(self.arch.is_some() && shape.arch != self.arch, Step::Arch)
            .with_if(others, Step::CpuVendor)
            .with_if(shared, Step::Sustained)
            .with_if(disk_min.is_some_and(|min| disk < min), Step::LocalDisk)
    }

    pub(crate) fn place_step(&self, index: PlaceIndex) -> Option<Step> {
        self.place_fails(index).first()
    }

    /// All requirements on the place that a zone of a cloud fails.
    pub(crate) fn place_fails(&self, index: PlaceIndex) -> StepSet {
        let place = self.catalog.place(index);
        let region = self.catalog.region(place.region);
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
        let allowed = allows(self.project, region.provider, &region.name);
        StepSet::from(self.location_step(region.provider.as_str(), &region.name))
            .with_if(!allowed, Step::Providers)
            .with_if(!fits, Step::Pin)
    }

    pub(crate) fn owned_step(&self, site: &str, pool: &str) -> Option<Step> {
        self.owned_fails(site, pool).first()
    }

    /// All requirements on the place that a pool of an owned cluster fails.
    pub(crate) fn owned_fails(&self, site: &str, pool: &str) -> StepSet {
        let pin = self.stage.pin.as_ref();
        let fits = pin.is_none_or(|pin| {
            pin.provider
                .as_ref()
                .is_none_or(|w| w.value == Location::ONPREM)
                && pin.region.as_ref().is_none_or(|w| w.value == site)
                && pin.zone.is_none()
                && pin.instance_type.as_ref().is_none_or(|w| w.value == pool)
        });
        StepSet::from(self.location_step(Location::ONPREM, site)).with_if(!fits, Step::Pin)
    }

    fn location_step(&self, provider: &str, region: &str) -> Option<Step> {
        let patterns = self.stage.requirements.locations.as_ref()?;
        let inside = patterns.value.iter().any(|p| p.matches(provider, region));
        if inside { None } else { Some(Step::Locations) }
    }

    /// Whether an instance type was chosen by hand, which says that its kind will do.
    fn pins_type(&self) -> bool {
        self.stage
            .pin
            .as_ref()
            .is_some_and(|pin| pin.instance_type.is_some())
    }

    pub(crate) fn type_pin(&self, name: &str) -> Option<Step> {
        let wanted = self.stage.pin.as_ref()?.instance_type.as_ref()?;
        if wanted.value == name {
            None
        } else {
            Some(Step::Pin)
        }
    }

    pub(crate) fn capacity_step(&self, capacity: CapacityType) -> Option<Step> {
        self.capacity_fails(capacity).first()
    }

    /// All requirements on how an offering is bought that one fails.
    pub(crate) fn capacity_fails(&self, capacity: CapacityType) -> StepSet {
        let pin = self.stage.pin.as_ref();
        let pinned = pin.and_then(|pin| pin.capacity.as_ref());
        let listed = self.stage.requirements.capacity.as_ref();
        let refused = listed.is_some_and(|allowed| !allowed.value.contains(&capacity));
        let risky = capacity == CapacityType::Spot && !self.stage.interruption.tolerated;
        StepSet::default()
            .with_if(pinned.is_some_and(|w| w.value != capacity), Step::Pin)
            .with_if(refused || risky, Step::Capacity)
    }
}

/// Whether the spec's `provider` blocks allow a region; without any block, all are allowed.
pub(crate) fn allows(project: &Project, provider: ProviderName, region: &str) -> bool {
    match project.providers.get(&provider) {
        Some(settings) => {
            settings.regions.is_empty() || settings.regions.iter().any(|r| r.value == region)
        }
        None => project.providers.is_empty(),
    }
}

/// The first requirement that is failed, in the order of the funnel.
pub(crate) fn earliest<const N: usize>(steps: [Option<Step>; N]) -> Option<Step> {
    steps.into_iter().flatten().min()
}

fn gpu_fails(stage: &Stage, gpu: &Gpu, names: Option<&[String]>) -> StepSet {
    let Some(needs) = &stage.requirements.gpu else {
        return StepSet::default();
    };
    let needs = &needs.value;
    let other = names.is_some_and(|names| !names.iter().any(|name| means(needs, name, gpu)));
    // Who asks for any GPU asks for a whole one; who names a slice has said what will do.
    let sliced = names.is_none() && gpu.slice.is_some() && !needs.slices;
    let newer = |min: (u32, u32)| gpu.compute_capability.is_some_and(|have| have >= min);
    let old = needs.compute_capability_min.as_ref();
    let old = old.is_some_and(|min| !newer(min.value));
    StepSet::default()
        .with_if(other, Step::GpuModel)
        .with_if(sliced, Step::GpuCount)
        .with_if(old, Step::ComputeCapability)
}
