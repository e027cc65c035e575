//! The requirements that an offering can fail, in the order in which they are checked.

/// A requirement that an offering can fail. An offering is counted at the first one that it fails,
/// in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Providers,
    Pin,
    Locations,
    Capacity,
    GpuModel,
    GpuMemory,
    ComputeCapability,
    GpuCount,
    Interconnect,
    Arch,
    CpuVendor,
    Sustained,
    Vcpus,
    Memory,
    MaxNodes,
    LocalDisk,
    Work,
    Deadline,
    Throughput,
    OwnedNodes,
    PriceKnown,
    MaxNodeHour,
    DataPriced,
}

impl Step {
    pub(crate) const ALL: [Self; 23] = [
        Self::Providers,
        Self::Pin,
        Self::Locations,
        Self::Capacity,
        Self::GpuModel,
        Self::GpuMemory,
        Self::ComputeCapability,
        Self::GpuCount,
        Self::Interconnect,
        Self::Arch,
        Self::CpuVendor,
        Self::Sustained,
        Self::Vcpus,
        Self::Memory,
        Self::MaxNodes,
        Self::LocalDisk,
        Self::Work,
        Self::Deadline,
        Self::Throughput,
        Self::OwnedNodes,
        Self::PriceKnown,
        Self::MaxNodeHour,
        Self::DataPriced,
    ];

    /// Stable name in JSON.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Providers => "providers",
            Self::Pin => "pin",
            Self::Locations => "locations",
            Self::Capacity => "capacity",
            Self::GpuModel => "gpu-model",
            Self::GpuMemory => "gpu-memory",
            Self::ComputeCapability => "compute-capability",
            Self::GpuCount => "gpu-count",
            Self::Interconnect => "interconnect",
            Self::Arch => "arch",
            Self::CpuVendor => "cpu-vendor",
            Self::Sustained => "sustained-cpu",
            Self::Vcpus => "vcpus",
            Self::Memory => "memory",
            Self::MaxNodes => "max-nodes",
            Self::LocalDisk => "local-disk",
            Self::Work => "work",
            Self::Deadline => "deadline",
            Self::Throughput => "throughput",
            Self::OwnedNodes => "owned-nodes",
            Self::PriceKnown => "price-known",
            Self::MaxNodeHour => "max-node-hour",
            Self::DataPriced => "data-priced",
        }
    }
}
