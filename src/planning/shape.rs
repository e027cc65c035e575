//! What a node is, whether it is a cloud's or one's own.

use crate::catalog::{Arch, Catalog, CpuVendor, CpuVendors, Gpu, GpuCount, GpuIndex, InstanceType};
use crate::model::{GpuRequirement, NodePool, ProviderName, Stage};

/// The part of an offering that doesn't depend on where and how it is bought.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Who rents it out; nobody does with an owned pool.
    pub(crate) provider: Option<ProviderName>,
    pub(crate) vcpus_milli: u32,
    pub(crate) memory_mib: Option<u32>,
    pub(crate) arch: Option<Arch>,
    pub(crate) cpu_vendors: CpuVendors,
    pub(crate) gpu: Option<GpuCount>,
    pub(crate) local_disk_gb: Option<u32>,
}

impl Shape {
    /// Of a cloud's instance type.
    pub(crate) fn of_type(instance_type: &InstanceType) -> Self {
        Self {
            provider: Some(instance_type.provider),
            vcpus_milli: instance_type.vcpus_milli,
            memory_mib: instance_type.memory_mib,
            arch: instance_type.arch,
            cpu_vendors: instance_type.cpu_vendors,
            gpu: instance_type.gpu,
            local_disk_gb: instance_type.local_disk_gb,
        }
    }

    /// GPUs of a node that a stage can count; none where it asks for none.
    pub(crate) fn gpus_for(&self, stage: &Stage) -> u32 {
        match (&stage.requirements.gpu, self.gpu) {
            (Some(needs), Some(gpu)) => gpu.counted(needs.value.slices),
            _ => 0,
        }
    }

    /// Memory of each GPU, in MiB: of a part of one its share.
    pub(crate) fn gpu_memory_mib(&self, catalog: &Catalog) -> Option<u32> {
        let gpu = self.gpu?;
        let whole = u64::from(catalog.gpu(gpu.gpu).memory_mib?);
        u32::try_from(whole * u64::from(gpu.share_milli()) / 1000).ok()
    }

    /// Of a node of an owned pool.
    pub(crate) fn of_pool(pool: &NodePool, catalog: &Catalog) -> Self {
        let vendor = pool.cpu_vendor.as_deref().and_then(CpuVendor::from_name);
        let gpu = pool
            .gpu
            .as_ref()
            .and_then(|gpu| pool_gpu(&gpu.value, catalog));
        Self {
            provider: None,
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
}

/// Whether a name in a requirement means a GPU: slices of the named card too where they will do.
pub(crate) fn means(needs: &GpuRequirement, name: &str, gpu: &Gpu) -> bool {
    gpu.answers_to(name) || needs.slices && gpu.is_slice_of(name)
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
