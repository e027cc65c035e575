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
    GpuFit,
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
    Interruptions,
    DeadlineRisk,
    Throughput,
    Latency,
    OwnedNodes,
    PriceKnown,
    MaxNodeHour,
    DataPriced,
    Waiting,
}

impl Step {
    pub(crate) const ALL: [Self; 28] = [
        Self::Providers,
        Self::Pin,
        Self::Locations,
        Self::Capacity,
        Self::GpuModel,
        Self::GpuMemory,
        Self::ComputeCapability,
        Self::GpuFit,
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
        Self::Interruptions,
        Self::DeadlineRisk,
        Self::Throughput,
        Self::Latency,
        Self::OwnedNodes,
        Self::PriceKnown,
        Self::MaxNodeHour,
        Self::DataPriced,
        Self::Waiting,
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
            Self::GpuFit => "gpu-fit",
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
            Self::Interruptions => "interruptions",
            Self::DeadlineRisk => "deadline-risk",
            Self::Throughput => "throughput",
            Self::Latency => "latency",
            Self::OwnedNodes => "owned-nodes",
            Self::PriceKnown => "price-known",
            Self::MaxNodeHour => "max-node-hour",
            Self::DataPriced => "data-priced",
            Self::Waiting => "waiting",
        }
    }
}

/// A set of requirements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StepSet(u32);

impl StepSet {
    /// The set with one more.
    pub(crate) const fn with(self, step: Step) -> Self {
        Self(self.0 | 1 << step as u32)
    }

    /// The set with one more where a condition holds.
    pub(crate) const fn with_if(self, condition: bool, step: Step) -> Self {
        if condition { self.with(step) } else { self }
    }

    /// What is in either set.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(crate) const fn contains(self, step: Step) -> bool {
        self.0 & (1 << step as u32) != 0
    }

    /// All of them, in the order in which they are checked.
    pub(crate) fn iter(self) -> impl Iterator<Item = Step> {
        Step::ALL
            .into_iter()
            .filter(move |step| self.contains(*step))
    }

    /// The one that is checked first: where the funnel counts.
    pub(crate) fn first(self) -> Option<Step> {
        Step::ALL.get(self.0.trailing_zeros() as usize).copied()
    }
}

impl From<Option<Step>> for StepSet {
    fn from(step: Option<Step>) -> Self {
        step.map_or(Self::default(), |step| Self::default().with(step))
    }
}
