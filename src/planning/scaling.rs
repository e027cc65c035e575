//! What was measured on one GPU, carried over to another by published throughput.
//!
//! A GPU is as fast as its slower side: the ratio of dense 16-bit tensor throughput or of memory
//! bandwidth, whichever promises less. A family name in the spec (`A100`) is taken as its fastest
//! variant, so that what follows for other GPUs isn't too good. Results that aren't measured are
//! marked, down to the printed bill.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Gpu};

/// A figure for one GPU: measured, or scaled from a measured one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scaled<'a, T> {
    /// The figure as measured.
    pub(crate) measured: T,
    /// The GPU name under which it was measured.
    pub(crate) measured_on: &'a str,
    /// How many times as fast the measured GPU is: (numerator, denominator); `None` when this
    /// GPU itself was measured.
    pub(crate) slowdown: Option<(u64, u64)>,
}

/// Finds the figure for `gpu` in a table by GPU name; `None` when it can't be told.
pub(crate) fn for_gpu<'a, T: Copy>(
    table: &'a BTreeMap<String, T>,
    gpu: &Gpu,
    catalog: &Catalog,
) -> Option<Scaled<'a, T>> {
    let measured = table.iter().filter(|(name, _)| gpu.answers_to(name));
    if let Some((name, value)) = measured.max_by_key(|(name, _)| name.len()) {
        return Some(Scaled {
            measured: *value,
            measured_on: name,
            slowdown: None,
        });
    }
    let references = table.iter().filter_map(|(name, value)| {
        let ratio = slowdown(fastest(name, catalog)?, gpu)?;
        Some(Scaled {
            measured: *value,
            measured_on: name.as_str(),
            slowdown: Some(ratio),
        })
    });
    references.min_by(|a, b| distance(a.slowdown).cmp(&distance(b.slowdown)))
}

/// The fastest GPU that answers to a name, of those whose throughput is published.
fn fastest<'a>(name: &str, catalog: &'a Catalog) -> Option<&'a Gpu> {
    let variants = catalog
        .gpus()
        .map(|(_, gpu)| gpu)
        .filter(|gpu| gpu.answers_to(name));
    variants
        .filter(|gpu| gpu.tensor_milli_tflops.is_some() && gpu.bandwidth_milli_gb_s.is_some())
        .max_by_key(|gpu| (gpu.tensor_milli_tflops, gpu.bandwidth_milli_gb_s))
}

/// How many times as fast `reference` is as `gpu`, by whichever side is slower.
fn slowdown(reference: &Gpu, gpu: &Gpu) -> Option<(u64, u64)> {
    let tensor = (reference.tensor_milli_tflops?, gpu.tensor_milli_tflops?);
    let bandwidth = (reference.bandwidth_milli_gb_s?, gpu.bandwidth_milli_gb_s?);
    if tensor.1 == 0 || bandwidth.1 == 0 || tensor.0 == 0 || bandwidth.0 == 0 {
        return None;
    }
    Some(if greater(tensor, bandwidth) {
        tensor
    } else {
        bandwidth
    })
}

fn greater(a: (u64, u64), b: (u64, u64)) -> bool {
    u128::from(a.0) * u128::from(b.1) > u128::from(b.0) * u128::from(a.1)
}

/// How far a ratio is from one, in millionths: the nearest reference is the best.
fn distance(ratio: Option<(u64, u64)>) -> u128 {
    let Some((n, d)) = ratio else { return 0 };
    u128::from(n.max(d)) * 1_000_000 / u128::from(n.min(d).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CatalogParts;

    fn gpu(name: &str, tensor: u64, bandwidth: u64) -> Gpu {
        Gpu {
            name: name.into(),
            bandwidth_milli_gb_s: Some(bandwidth),
            tensor_milli_tflops: Some(tensor),
            ..Gpu::default()
        }
    }

    fn catalog() -> Catalog {
        let gpus = vec![
            gpu("A100-40-PCIe", 312_000, 1_555_000),
            gpu("A100-80-SXM4", 312_000, 2_039_000),
            gpu("A30", 165_000, 933_000),
            gpu("L4", 121_000, 300_000),
        ];
        Catalog::new(CatalogParts {
            gpus,
            ..CatalogParts::default()
        })
    }

    fn table(rows: &[(&str, u32)]) -> BTreeMap<String, u32> {
        rows.iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect()
    }

    #[test]
    fn a_measured_gpu_is_taken_as_it_is_and_the_longest_name_wins() {
        let (catalog, table) = (catalog(), table(&[("A100", 40), ("A100-80", 35)]));
        let by = |name| catalog.gpus().find(|(_, g)| g.name == name).unwrap().1;
        let found = for_gpu(&table, by("A100-80-SXM4"), &catalog).unwrap();
        assert_eq!((found.measured, found.slowdown), (35, None));
        let found = for_gpu(&table, by("A100-40-PCIe"), &catalog).unwrap();
        assert_eq!((found.measured, found.slowdown), (40, None));
    }

    #[test]
    fn the_slower_side_and_the_nearest_reference_decide() {
        let catalog = catalog();
        let by = |name| catalog.gpus().find(|(_, g)| g.name == name).unwrap().1;
        let both = table(&[("A100", 40), ("A30", 110)]);
        let found = for_gpu(&both, by("L4"), &catalog).unwrap();
        // Bandwidth 933/300 = 3.11 is worse than tensor throughput 165/121 = 1.36.
        assert_eq!(
            (found.measured_on, found.slowdown),
            ("A30", Some((933_000, 300_000)))
        );
    }

    #[test]
    fn nothing_is_guessed_without_published_throughput() {
        let catalog = catalog();
        let unknown = Gpu {
            tensor_milli_tflops: None,
            ..gpu("X1", 1, 1)
        };
        assert!(for_gpu(&table(&[("A100", 40)]), &unknown, &catalog).is_none());
    }
}
