use std::fmt;

use crate::model::ProviderName;

/// A GPU, by its place in the catalog's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GpuIndex(pub u16);

/// What is known of a GPU. Blank facts are unknown, never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpu {
    /// Canonical name such as `A100-80-SXM4`.
    pub name: String,
    /// Architecture and chip, for readers.
    pub architecture: String,
    /// Compute capability as (major, minor).
    pub compute_capability: Option<(u32, u32)>,
    /// Memory as NVML reports it; else the nominal size.
    pub memory_mib: Option<u32>,
    /// Memory bandwidth in thousandths of GB/s.
    pub bandwidth_milli_gb_s: Option<u64>,
    /// Dense 16-bit tensor throughput in thousandths of TFLOPS.
    pub tensor_milli_tflops: Option<u64>,
    /// Where it can be rented, in words; empty when not known.
    pub public_cloud: String,
}

impl Gpu {
    /// Whether a name of a spec means this GPU: the name itself, or a family of it up to a dash
    /// (`A100` means `A100-80-SXM4`, but `A10` doesn't mean `A100-40-PCIe`). Case doesn't matter.
    #[must_use]
    pub fn answers_to(&self, name: &str) -> bool {
        let (mine, asked) = (self.name.as_bytes(), name.as_bytes());
        mine.len() >= asked.len()
            && !asked.is_empty()
            && mine[..asked.len()].eq_ignore_ascii_case(asked)
            && mine.get(asked.len()).is_none_or(|b| *b == b'-')
    }
}

/// GPUs of one node. Some clouds sell parts of a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuCount {
    /// Which GPU.
    pub gpu: GpuIndex,
    /// How many, in thousandths: `8000` is eight, `167` a sixth.
    pub milli: u32,
}

impl GpuCount {
    /// Whole GPUs; a part of one counts nothing.
    #[must_use]
    pub const fn whole(self) -> u32 {
        self.milli / 1000
    }
}

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

    #[test]
    fn a_family_name_stands_for_its_variants_only() {
        let gpu = |name: &str| Gpu {
            name: name.into(),
            architecture: String::new(),
            compute_capability: None,
            memory_mib: None,
            bandwidth_milli_gb_s: None,
            tensor_milli_tflops: None,
            public_cloud: String::new(),
        };
        assert!(gpu("A100-80-SXM4").answers_to("A100"));
        assert!(gpu("A100-80-SXM4").answers_to("a100-80"));
        assert!(gpu("A2").answers_to("A2"));
        assert!(!gpu("A100-80-SXM4").answers_to("A10"));
        assert!(!gpu("A10G").answers_to("A10"));
        assert!(!gpu("A2").answers_to(""));
    }
}
