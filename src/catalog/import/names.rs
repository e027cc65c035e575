//! Facts that the sheets leave to the vendors' naming rules: GPUs by instance type, processors by
//! family.
//!
//! Where a rule isn't sure the fact stays unknown.

use crate::catalog::{Arch, CpuVendor, CpuVendors};

/// A machine shape on its way into `types.tsv`.
pub(super) struct Shape<'a> {
    pub(super) name: &'a str,
    pub(super) vcpus_milli: u64,
    pub(super) memory_mib: Option<u64>,
    pub(super) processor: Processor,
    /// GPU and thousandths of GPUs.
    pub(super) gpu: Option<(&'static str, u64)>,
    pub(super) disk_gb: Option<u64>,
}

impl Shape<'_> {
    /// Its line in `types.tsv`.
    pub(super) fn line(&self) -> String {
        use crate::catalog::text::{NONE, UNKNOWN, print_thousandths};
        let fact = |value: Option<u64>, absent: &str| {
            value.map_or_else(|| absent.to_owned(), |v| v.to_string())
        };
        let vendors = self.processor.vendors;
        let vendors = if vendors.bits() == 0 {
            UNKNOWN.to_owned()
        } else {
            vendors.to_string()
        };
        let (gpu, gpus) = self.gpu.unwrap_or((NONE, 0));
        [
            self.name.to_owned(),
            print_thousandths(self.vcpus_milli),
            fact(self.memory_mib, UNKNOWN),
            self.processor.arch.map_or(UNKNOWN, Arch::as_str).to_owned(),
            vendors,
            gpu.to_owned(),
            print_thousandths(gpus),
            fact(self.disk_gb, NONE),
        ]
        .join("\t")
    }
}

/// Instruction set and makers of a processor, as far as known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Processor {
    pub(super) arch: Option<Arch>,
    pub(super) vendors: CpuVendors,
}

impl Processor {
    const fn of(arch: Arch, vendor: CpuVendor) -> Self {
        Self {
            arch: Some(arch),
            vendors: CpuVendors::from_bits(0).with(vendor),
        }
    }

    /// A 64-bit x86 processor of an unknown maker.
    pub(super) const X86: Self = Self {
        arch: Some(Arch::X86_64),
        vendors: CpuVendors::from_bits(0),
    };
    const INTEL: Self = Self::of(Arch::X86_64, CpuVendor::Intel);
    const AMD: Self = Self::of(Arch::X86_64, CpuVendor::Amd);
    pub(super) const GRACE: Self = Self::of(Arch::Arm64, CpuVendor::Nvidia);
}

/// AWS prints both itself.
pub(super) fn aws_processor(arch: &str, maker: &str) -> Processor {
    let vendor = match maker {
        "Intel" => Some(CpuVendor::Intel),
        "AMD" => Some(CpuVendor::Amd),
        "AWS" => Some(CpuVendor::Aws),
        "NVIDIA" => Some(CpuVendor::Nvidia),
        _ => None,
    };
    let arch = match arch {
        "x86_64" | "i386+x86_64" => Some(Arch::X86_64),
        "arm64" => Some(Arch::Arm64),
        _ => None,
    };
    Processor {
        arch,
        vendors: vendor.map_or_else(CpuVendors::default, |v| CpuVendors::default().with(v)),
    }
}

/// Google names the maker by the letters after the generation: none or `i` Intel, `d` AMD, `a` ARM.
pub(super) fn gcp_processor(family: &str) -> Processor {
    match family {
        "n1" | "n2" | "n4" | "c2" | "c3" | "c4" | "m1" | "m2" | "m3" | "a2" | "a3" | "a4"
        | "g2" | "h3" | "z3" | "f1" | "g1" => Processor::INTEL,
        "n2d" | "n4d" | "c2d" | "c3d" | "c4d" | "t2d" | "h4d" => Processor::AMD,
        "t2a" => Processor::of(Arch::Arm64, CpuVendor::Ampere),
        "c4a" | "n4a" => Processor::of(Arch::Arm64, CpuVendor::Google),
        "e2" => Processor {
            arch: Some(Arch::X86_64),
            vendors: CpuVendors::default()
                .with(CpuVendor::Amd)
                .with(CpuVendor::Intel),
        },
        _ => Processor::default(),
    }
}

/// Azure: `Standard_`, family in capitals, size, features in small letters, version. Among the
/// features `a` means AMD and `p` ARM: Ampere before version 6, Microsoft's own from it on. The
/// HPC families `HB` and `HX` and the second version of `L` are AMD without saying so.
pub(super) fn azure_processor(name: &str) -> Processor {
    let plain = name.strip_prefix("Standard_").unwrap_or(name);
    let family: String = plain.chars().take_while(char::is_ascii_uppercase).collect();
    let rest = &plain[family.len()..];
    let features = rest
        .split('_')
        .next()
        .unwrap_or_default()
        .trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    let version = plain
        .rsplit_once("_v")
        .and_then(|(_, v)| v.parse::<u32>().ok());
    if features.contains('p') {
        let vendor = if version.unwrap_or(0) >= 6 {
            CpuVendor::Microsoft
        } else {
            CpuVendor::Ampere
        };
        return Processor::of(Arch::Arm64, vendor);
    }
    let amd = features.contains('a')
        || family == "HB"
        || family == "HX"
        || (family == "L" && version == Some(2));
    if amd {
        Processor::AMD
    } else {
        Processor::INTEL
    }
}

/// The GPU of an AWS family, and eighths of it where the sheet only says "less than one".
pub(super) fn aws_gpu(family: &str) -> Option<&'static str> {
    Some(match family {
        "g4dn" => "T4",
        "g5" => "A10G",
        "g5g" => "T4G",
        "g6" | "gr6" | "g6f" | "gr6f" => "L4",
        "g6e" => "L40S",
        "g7" => "RTX-PRO-4500-BW",
        "g7e" => "RTX-PRO-6000-SE",
        "p3" => "V100-SXM2-16",
        "p3dn" => "V100-SXM2-32",
        "p4d" => "A100-40-SXM4",
        "p4de" => "A100-80-SXM4",
        "p5" => "H100-SXM5-80",
        "p5e" | "p5en" => "H200-SXM5-141",
        "p6-b200" => "B200",
        "p6-b300" => "B300",
        _ => return None,
    })
}

/// AWS families whose accelerator isn't a GPU: Trainium, Inferentia, FPGAs, video and Qualcomm
/// cards. Without it they would pass for dear CPU machines.
pub(super) const AWS_OTHER_ACCELERATORS: [&str; 10] = [
    "dl1", "dl2q", "f1", "f2", "inf1", "inf2", "trn1", "trn1n", "trn2", "trn2u",
];

/// The GPU of an Azure type whose sheet says `accelerator`.
pub(super) fn azure_gpu(name: &str, accelerator: &str) -> Option<&'static str> {
    Some(match accelerator {
        "A10" => "A10",
        "A100" => "A100-40-SXM4",
        "A100-80GB" if name.starts_with("Standard_NC") => "A100-80-PCIe",
        "A100-80GB" => "A100-80-SXM4",
        "H100" if name.starts_with("Standard_NC") => "H100-NVL-94",
        "H100" => "H100-SXM5-80",
        "H200" => "H200-SXM5-141",
        "M60" => "M60",
        "MI25" => "MI25",
        "MI300X" => "MI300X",
        "T4" => "T4",
        "V100" => "V100-SXM2-16",
        "V100-32GB" => "V100-SXM2-32",
        _ => return None,
    })
}

/// The GPU of a Google accelerator row.
pub(super) fn gcp_gpu(accelerator: &str) -> Option<&'static str> {
    Some(match accelerator {
        "A100" => "A100-40-SXM4",
        "A100-80GB" => "A100-80-SXM4",
        "B200" => "B200",
        "H100" | "H100-MEGA" => "H100-SXM5-80",
        "H200" => "H200-SXM5-141",
        "L4" => "L4",
        "P100" => "P100-PCIe-16",
        "P4" => "P4",
        "T4" => "T4",
        "V100" => "V100-SXM2-16",
        _ => return None,
    })
}

/// The GPU and count of a Lambda type: `gpu_8x_a100_80gb_sxm4`.
pub(super) fn lambda_gpu(name: &str) -> Option<(&'static str, u64)> {
    let (count, gpu) = name.strip_prefix("gpu_")?.split_once("x_")?;
    let count = count.parse::<u64>().ok()?.checked_mul(1000)?;
    let gpu = match gpu {
        "a10" => "A10",
        "a100" if count == 8000 => "A100-40-SXM4",
        "a100" => "A100-40-PCIe",
        "a100_sxm4" => "A100-40-SXM4",
        "a100_80gb_sxm4" => "A100-80-SXM4",
        "a6000" => "RTX-A6000",
        "b200_sxm6" => "B200",
        "gh200" => "GH200",
        "h100_pcie" => "H100-PCIe-80",
        "h100_sxm5" => "H100-SXM5-80",
        "rtx6000" => "RTX-6000",
        "v100" | "v100_n" => "V100-SXM2-16",
        _ => return None,
    };
    Some((gpu, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_azure(name: &str, arch: &str, vendor: &str) {
        let processor = azure_processor(name);
        assert_eq!(processor.arch.map(Arch::as_str), Some(arch), "{name}");
        assert_eq!(processor.vendors.to_string(), vendor, "{name}");
    }

    #[test]
    fn azure_names_tell_the_processor() {
        check_azure("Standard_D16s_v5", "x86_64", "intel");
        check_azure("Standard_D16as_v5", "x86_64", "amd");
        check_azure("Standard_D2pls_v5", "arm64", "ampere");
        check_azure("Standard_E8pds_v6", "arm64", "microsoft");
        check_azure("Standard_E32-16ads_v5", "x86_64", "amd");
        check_azure("Standard_L8s_v2", "x86_64", "amd");
        check_azure("Standard_L8s_v3", "x86_64", "intel");
        check_azure("Standard_HB120-16rs_v3", "x86_64", "amd");
        check_azure("Standard_NC24ads_A100_v4", "x86_64", "amd");
        check_azure("Standard_ND96isr_H100_v5", "x86_64", "intel");
        check_azure("Standard_EC16as_cc_v5", "x86_64", "amd");
    }

    #[test]
    fn lambda_names_tell_gpu_and_count() {
        assert_eq!(lambda_gpu("gpu_8x_a100"), Some(("A100-40-SXM4", 8000)));
        assert_eq!(lambda_gpu("gpu_1x_a100"), Some(("A100-40-PCIe", 1000)));
        assert_eq!(lambda_gpu("cpu_4x_general"), None);
    }
}
