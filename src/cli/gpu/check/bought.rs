//! What a GPU of the catalogs is like on a node.

use mlinfra_provider_nvml::{Expectation, Mig, Version};

use crate::catalog::Gpu;

/// Expects one of these GPUs; of several what all of them have.
pub(super) fn expect(gpus: &[&Gpu], into: &mut Expectation) {
    // Where one name isn't known, a card of another name may be the right one.
    let products: Option<Vec<String>> = gpus.iter().map(|gpu| product(gpu)).collect();
    into.products = products.unwrap_or_default();
    into.products.dedup();
    let least = gpus.iter().map(|gpu| gpu.memory_mib).min().flatten();
    into.memory_total = least.map(|mib| u64::from(mib) << 20);
    let mut capabilities = gpus.iter().map(|gpu| gpu.compute_capability);
    let first = capabilities.next().flatten();
    let alike = capabilities.all(|capability| capability == first);
    into.compute_capability = first
        .filter(|_| alike)
        .map(|(major, minor)| Version { major, minor });
    if let [only] = gpus
        && let Some(profile) = profile(only)
    {
        into.mig = Some(Mig::Profile(profile.to_owned()));
    }
}

/// The name by which NVML calls the whole card.
fn product(gpu: &Gpu) -> Option<String> {
    let name = gpu.product.as_deref()?;
    Some(name.split(" MIG ").next().unwrap_or(name).to_owned())
}

/// `1g.6gb` of `A30-MIG-1g.6gb`.
pub(super) fn profile(gpu: &Gpu) -> Option<&str> {
    gpu.slice.as_ref()?;
    Some(gpu.name.split_once("-MIG-")?.1)
}
