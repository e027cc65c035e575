use std::fmt;

use super::GpuCount;
use crate::model::ProviderName;

/// Instruction set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arch {
    /// 64-bit x86.
    X86_64,
    /// 64-bit ARM.
    Arm64,
}

impl Arch {
    /// The name as written in specs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    /// The instruction set of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::X86_64, Self::Arm64]
            .into_iter()
            .find(|a| a.as_str() == name)
    }
}

/// Maker of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CpuVendor {
    /// AMD (EPYC).
    Amd,
    /// Ampere (Altra).
    Ampere,
    /// AWS (Graviton).
    Aws,
    /// Google (Axion).
    Google,
    /// Intel (Xeon).
    Intel,
    /// Microsoft (Cobalt).
    Microsoft,
    /// NVIDIA (Grace).
    Nvidia,
}

impl CpuVendor {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Amd,
        Self::Ampere,
        Self::Aws,
        Self::Google,
        Self::Intel,
        Self::Microsoft,
        Self::Nvidia,
    ];

    /// The name as written in specs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Amd => "amd",
            Self::Ampere => "ampere",
            Self::Aws => "aws",
            Self::Google => "google",
            Self::Intel => "intel",
            Self::Microsoft => "microsoft",
            Self::Nvidia => "nvidia",
        }
    }

    /// The vendor of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.as_str() == name)
    }
}

/// The makers that a node's processor may be of. Some types run on either of two; empty is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CpuVendors(u8);

impl CpuVendors {
    /// From the stored bits.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The stored bits: bit *i* stands for `CpuVendor::ALL[i]`.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// With one more vendor.
    #[must_use]
    pub const fn with(self, vendor: CpuVendor) -> Self {
        Self(self.0 | 1 << vendor as u8)
    }

    /// Whether every possible vendor is among those allowed; an unknown vendor never is.
    #[must_use]
    pub const fn all_within(self, allowed: Self) -> bool {
        self.0 != 0 && self.0 & !allowed.0 == 0
    }
}

impl fmt::Display for CpuVendors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = CpuVendor::ALL
            .into_iter()
            .filter(|v| self.0 & (1 << *v as u8) != 0)
            .map(CpuVendor::as_str)
            .collect();
        f.pad(&names.join("|"))
    }
}

/// An instance type, by its place in the catalog's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeIndex(pub u16);

/// A machine shape of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceType {
    /// Whose.
    pub provider: ProviderName,
    /// The provider's name for it.
    pub name: String,
    /// vCPUs in thousandths; shared-core types have parts of one.
    pub vcpus_milli: u32,
    /// Memory; unknown when `None`.
    pub memory_mib: Option<u32>,
    /// Instruction set; unknown when `None`.
    pub arch: Option<Arch>,
    /// Who makes its processor.
    pub cpu_vendors: CpuVendors,
    /// GPUs of one node.
    pub gpu: Option<GpuCount>,
    /// Local disk of one node in GB; unknown or none when `None`.
    pub local_disk_gb: Option<u32>,
}

impl InstanceType {
    /// Whether its vCPUs are shared or run on credits, so that steady full load isn't what is sold.
    ///
    /// By the vendors' naming rules: AWS's T families, Google's micro, small and medium machines
    /// and Azure's B series.
    #[must_use]
    pub fn burstable(&self) -> bool {
        let name = self.name.as_str();
        match self.provider {
            ProviderName::Aws => ["t1.", "t2.", "t3.", "t3a.", "t4g."]
                .iter()
                .any(|f| name.starts_with(f)),
            ProviderName::Gcp => {
                ["f1-micro", "g1-small", "e2-micro", "e2-small", "e2-medium"].contains(&name)
            }
            ProviderName::Azure => name
                .strip_prefix("Standard_B")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())),
            ProviderName::Lambda => false,
        }
    }
}

/// A zone of a region of a provider, by its place in the catalog's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceIndex(pub u16);

/// Where an offering is: a zone of a region, or the region as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which region.
    pub region: RegionIndex,
    /// The zone (AWS: zone id); `None` where the catalog knows regions only.
    pub zone: Option<String>,
}

/// A region, by its place in the catalog's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionIndex(pub u16);

/// A region of a provider and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Whose.
    pub provider: ProviderName,
    /// The provider's name for it.
    pub name: String,
    /// ISO country code; empty when not known.
    pub country: String,
    /// Town or area, for readers; empty when not known.
    pub city: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burstable_types_are_told_by_name() {
        let burstable = |provider, name: &str| {
            InstanceType {
                provider,
                name: name.into(),
                vcpus_milli: 2000,
                memory_mib: None,
                arch: None,
                cpu_vendors: CpuVendors::default(),
                gpu: None,
                local_disk_gb: None,
            }
            .burstable()
        };
        assert!(burstable(ProviderName::Aws, "t4g.large"));
        assert!(!burstable(ProviderName::Aws, "trn1.2xlarge"));
        assert!(burstable(ProviderName::Gcp, "e2-medium"));
        assert!(!burstable(ProviderName::Gcp, "e2-standard-2"));
        assert!(burstable(ProviderName::Azure, "Standard_B2ms"));
        assert!(!burstable(ProviderName::Azure, "Standard_D2s_v5"));
    }
}
