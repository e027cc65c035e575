//! What a GPU of the catalogs is like on a node.

use mlinfra_provider_nvml::{Expectation, Mig, Version};

use crate::catalog::Gpu;

/// What stands between the card and the profile in the name of a part: `A30-MIG-1g.6gb`.
const PART: &str = "-MIG-";

/// Expects one of these GPUs; of several what all of them have.
pub(super) fn expect(gpus: &[&Gpu], into: &mut Expectation) {
    into.products = gpus.iter().map(|gpu| product(gpu)).collect();
    into.products.dedup();
    let memories = gpus.iter().map(|gpu| gpu.memory_mib);
    let least = memories.min().flatten();
    into.memory_total = least.map(|mib| u64::from(mib) << 20);
    let mut capabilities = gpus.iter().map(|gpu| gpu.compute_capability);
    let first = capabilities.next().flatten();
    let alike = capabilities.all(|capability| capability == first);
    into.compute_capability = first
        .filter(|_| alike)
        .map(|(major, minor)| Version { major, minor });
    if let [only] = gpus
        && let Some((_, profile)) = only.name.split_once(PART)
    {
        into.mig = Some(Mig::Profile(profile.to_owned()));
    }
}

/// The name by which NVML calls the card.
///
/// The catalogs will have it; until then it is put together by the vendor's habits.
fn product(gpu: &Gpu) -> String {
    let card = gpu.name.split(PART).next().unwrap_or(&gpu.name);
    let name = match card {
        "A100-40-PCIe" => "A100-PCIE-40GB",
        "A100-40-SXM4" => "A100-SXM4-40GB",
        "A100-80-PCIe" => "A100 80GB PCIe",
        "A100-80-SXM4" => "A100-SXM4-80GB",
        "H100-NVL-94" => "H100 NVL",
        "H100-PCIe-80" => "H100 PCIe",
        "H100-SXM5-80" => "H100 80GB HBM3",
        "H200-SXM5-141" => "H200",
        other => return format!("NVIDIA {}", other.replace('-', " ")),
    };
    format!("NVIDIA {name}")
}
