//! What was measured on one GPU, carried over to another by published throughput.
//!
//! A GPU is as fast as its slower side: the ratio of dense 16-bit tensor throughput or of memory
//! bandwidth, whichever promises less. A family name in the spec (`A100`) is taken as its fastest
//! variant, so that what follows for other GPUs isn't too good. Results that aren't measured are
//! marked, down to the printed bill.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Gpu, GpuCount};

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

/// Finds the figure for `gpu` in a table by GPU name; `None` when it can't be told. A part of a GPU
/// is as much slower as it is smaller.
pub(crate) fn for_gpu<'a, T: Copy>(
    table: &'a BTreeMap<String, T>,
    gpu: GpuCount,
    catalog: &Catalog,
) -> Option<Scaled<'a, T>> {
    let whole = for_whole(table, catalog.gpu(gpu.gpu), catalog)?;
    let share = u64::from(gpu.share_milli());
    if share == 1000 {
        return Some(whole);
    }
    let (numerator, denominator) = whole.slowdown.unwrap_or((1, 1));
    let slowdown = (
        numerator.checked_mul(1000)?,
        denominator.checked_mul(share).filter(|d| *d > 0)?,
    );
    Some(Scaled {
        slowdown: Some(slowdown),
        ..whole
    })
}

fn for_whole<'a, T: Copy>(
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
    use crate::catalog::{CatalogParts, Slice};

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
            Gpu {
                slice: Some(Slice {
                    card: "A30".into(),
                    per_card: 4,
                }),
                ..gpu("A30-MIG-1g.6gb", 41_250, 233_250)
            },
            gpu("L4", 121_000, 300_000),
        ];
        Catalog::new(CatalogParts {
            gpus,
            ..CatalogParts::default()
        })
    }

    /// So many thousandths of the GPU of that name.
    fn count(catalog: &Catalog, name: &str, milli: u32) -> GpuCount {
        let mut gpus = catalog.gpus();
        let (gpu, _) = gpus.find(|(_, gpu)| gpu.name == name).unwrap();
        GpuCount { gpu, milli }
    }

    fn table(rows: &[(&str, u32)]) -> BTreeMap<String, u32> {
        rows.iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect()
    }

    #[test]
    fn a_measured_gpu_is_taken_as_it_is_and_the_longest_name_wins() {
        let (catalog, table) = (catalog(), table(&[("A100", 40), ("A100-80", 35)]));
        let by = |name| for_gpu(&table, count(&catalog, name, 8000), &catalog).unwrap();
        let found = by("A100-80-SXM4");
        assert_eq!((found.measured, found.slowdown), (35, None));
        let found = by("A100-40-PCIe");
        assert_eq!((found.measured, found.slowdown), (40, None));
    }

    #[test]
    fn the_slower_side_and_the_nearest_reference_decide() {
        let catalog = catalog();
        let both = table(&[("A100", 40), ("A30", 110)]);
        let found = for_gpu(&both, count(&catalog, "L4", 1000), &catalog).unwrap();
        // Bandwidth 933/300 = 3.11 is worse than tensor throughput 165/121 = 1.36.
        assert_eq!(
            (found.measured_on, found.slowdown),
            ("A30", Some((933_000, 300_000)))
        );
    }

    #[test]
    fn a_part_of_a_gpu_is_as_much_slower_as_it_is_smaller() {
        let catalog = catalog();
        let scaled = |name, milli| {
            let table = table(&[("A30", 110)]);
            let found = for_gpu(&table, count(&catalog, name, milli), &catalog);
            found.and_then(|found| found.slowdown)
        };
        assert_eq!(scaled("A30", 125), Some((1000, 125)));
        assert_eq!(scaled("L4", 125), Some((933_000_000, 37_500_000)));
        assert_eq!(scaled("A30", 2000), None);
    }

    #[test]
    fn a_slice_is_scaled_from_its_card_unless_it_was_measured_itself() {
        let catalog = catalog();
        let slice = count(&catalog, "A30-MIG-1g.6gb", 16_000);
        let card = table(&[("A30", 55)]);
        let found = for_gpu(&card, slice, &catalog).unwrap();
        // 165 / 41.25 TFLOPS and 933 / 233.25 GB/s are both a quarter.
        assert_eq!(found.slowdown, Some((933_000, 233_250)));
        let both = table(&[("A30", 55), ("A30-MIG", 12)]);
        let found = for_gpu(&both, slice, &catalog).unwrap();
        assert_eq!((found.measured, found.slowdown), (12, None));
    }

    #[test]
    fn nothing_is_guessed_without_published_throughput() {
        let unknown = Gpu {
            tensor_milli_tflops: None,
            ..gpu("X1", 1, 1)
        };
        let catalog = Catalog::new(CatalogParts {
            gpus: vec![gpu("A100-40-PCIe", 312_000, 1_555_000), unknown],
            ..CatalogParts::default()
        });
        let table = table(&[("A100", 40)]);
        assert!(for_gpu(&table, count(&catalog, "X1", 1000), &catalog).is_none());
    }
}
