//! Google Cloud: hosts and accelerators stand on rows of their own, and a machine with GPUs costs
//! the sum of two rows of one zone.
//!
//! Hosts of the accelerator families always carry a fixed number of one GPU, so the row of the
//! host alone is no offering. To the hosts of N1, GPUs are attached by choice: the offerings made
//! here are those of `n1-standard` and `n1-highmem` from 4 vCPUs on within the vendor's published
//! limits of vCPUs and memory for each number of GPUs, named like `n1-standard-8+T4x1`.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Shape, gcp_gpu, gcp_processor};
use super::sheet::{Sheet, mib_from_gib, positive_rate, thousandths};
use super::{ImportError, Imported, Input, Report};
use crate::catalog::text::{price_cell, unknown_cell};
use crate::catalog::{Basis, TextCatalog, UnknownReason};
use crate::units::Rate;

/// On-demand and spot rate of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rates {
    on_demand: Option<Rate>,
    spot: Option<Rate>,
}

/// Name of the accelerator and how many.
type Accelerator<'a> = (&'a str, u64);

/// Most vCPUs and GiB of memory of an N1 host with so many GPUs, as Google publishes them.
const N1_LIMITS: [(Accelerator<'static>, u64, u64); 13] = [
    (("P100", 1), 16, 104),
    (("P100", 2), 32, 208),
    (("P100", 4), 64, 208),
    (("P4", 1), 24, 156),
    (("P4", 2), 48, 312),
    (("P4", 4), 96, 624),
    (("T4", 1), 48, 312),
    (("T4", 2), 48, 312),
    (("T4", 4), 96, 624),
    (("V100", 1), 12, 78),
    (("V100", 2), 24, 156),
    (("V100", 4), 48, 312),
    (("V100", 8), 96, 624),
];

/// Vcpus in thousandths and memory in MiB of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Size {
    vcpus_milli: u64,
    memory_mib: u64,
}

#[derive(Default)]
struct Rows<'a> {
    /// By region, zone and instance type.
    hosts: BTreeMap<(&'a str, &'a str, &'a str), Rates>,
    /// By region, zone and accelerator.
    accelerators: BTreeMap<(&'a str, &'a str, Accelerator<'a>), Rates>,
    sizes: BTreeMap<&'a str, Size>,
}

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let sheet = Sheet::open(input, "vms.csv")?;
    let mut catalog = TextCatalog::new("gcp", sheet.as_of(input)?);
    let title = "Compute Engine hosts and accelerators, on-demand and spot by zone";
    catalog
        .sources
        .push(sheet.source(input, "gcp", "v", title)?);
    let mut report = Report::default();
    let rows = read(&sheet, &mut report)?;
    let mut used = BTreeSet::new();
    let mut shapes = BTreeSet::new();
    for ((region, zone, host), rates) in &rows.hosts {
        let file = report.file(&sheet.name);
        let Some(size) = rows.sizes.get(host) else {
            continue;
        };
        let path = format!("rates/{region}.tsv");
        if let Some(accelerator) = built_in(host) {
            let key = (*region, *zone, accelerator);
            let Some(added) = rows.accelerators.get(&key) else {
                file.drop("a GPU host without a row for its GPUs in the zone");
                continue;
            };
            file.keep();
            if rates.on_demand.is_none() {
                report.note("on-demand cells of hosts empty or zero in the sheet");
            }
            used.insert(key);
            catalog.push(&path, joined(host, zone, *rates, *added));
            shapes.insert(shape(host, host, *size, Some(accelerator)));
            report.note("machines joined of host and accelerator");
            continue;
        }
        if family(host) != "g1" && host.starts_with(['a', 'g']) {
            file.drop("a host of a GPU family that isn't known");
            continue;
        }
        file.keep();
        if rates.on_demand.is_none() {
            report.note("on-demand cells of hosts empty or zero in the sheet");
        }
        catalog.push(&path, alone(host, zone, *rates));
        shapes.insert(shape(host, host, *size, None));
        for accelerator in attachable(host, *size) {
            let key = (*region, *zone, accelerator);
            if let Some(added) = rows.accelerators.get(&key) {
                used.insert(key);
                let name = format!("{host}+{}x{}", accelerator.0, accelerator.1);
                catalog.push(&path, joined(&name, zone, *rates, *added));
                shapes.insert(shape(&name, host, *size, Some(accelerator)));
                report.note("machines joined of host and accelerator");
            }
        }
    }
    for (key, rates) in &rows.accelerators {
        if used.contains(key) {
            report.file(&sheet.name).keep();
            note_spot(*rates, &mut report);
        } else {
            report
                .file(&sheet.name)
                .drop("an accelerator without a host in the zone");
        }
    }
    shapes
        .into_iter()
        .for_each(|line| catalog.push("types.tsv", line));
    Ok(Imported { catalog, report })
}

/// Reads the rows; hosts and accelerators are counted when it is clear what becomes of them.
fn read<'a>(sheet: &'a Sheet, report: &mut Report) -> Result<Rows<'a>, ImportError> {
    let mut rows = Rows::default();
    for [
        host,
        vcpus,
        memory,
        accelerator,
        count,
        region,
        zone,
        on_demand,
        spot,
    ] in sheet.rows([
        "InstanceType",
        "vCPUs",
        "MemoryGiB",
        "AcceleratorName",
        "AcceleratorCount",
        "Region",
        "AvailabilityZone",
        "Price",
        "SpotPrice",
    ])? {
        let file = report.file(&sheet.name);
        if accelerator.starts_with("tpu") {
            file.drop("a TPU, which has no instance type");
            continue;
        }
        // A host at 0.0, as those of A4, isn't free: its rate stands nowhere.
        let rates = Rates {
            on_demand: positive_rate(on_demand),
            spot: positive_rate(spot),
        };
        let repeated = if host.is_empty() {
            let count = count
                .parse()
                .ok()
                .filter(|_| gcp_gpu(accelerator).is_some());
            let Some(count) = count else {
                file.drop("an accelerator that isn't a known GPU");
                continue;
            };
            keep_dearest(
                &mut rows.accelerators,
                (region, zone, (accelerator, count)),
                rates,
            )
        } else {
            let Some(size) = size(host, vcpus, memory) else {
                file.drop("no vCPUs or memory in the row");
                continue;
            };
            if host.contains("-tpu") {
                file.drop("a host of TPUs, which are no instance types");
                continue;
            }
            let known = rows.sizes.entry(host).or_insert(size);
            *known = size.max(*known);
            keep_dearest(&mut rows.hosts, (region, zone, host), rates)
        };
        if repeated {
            file.drop("repeats another row");
        }
    }
    Ok(rows)
}

/// Of rows with one key the dearest counts, so that their order doesn't. Says whether there was one.
fn keep_dearest<K: Ord>(rows: &mut BTreeMap<K, Rates>, key: K, rates: Rates) -> bool {
    match rows.get_mut(&key) {
        Some(earlier) => {
            *earlier = rates.max(*earlier);
            true
        }
        None => {
            rows.insert(key, rates);
            false
        }
    }
}

fn size(host: &str, vcpus: &str, memory: &str) -> Option<Size> {
    // The sheet rounds shared cores up; these are the shares that Google sells.
    let vcpus_milli = match host {
        "f1-micro" => 200,
        "g1-small" => 500,
        "e2-micro" => 250,
        "e2-small" => 500,
        "e2-medium" => 1000,
        _ => thousandths(vcpus).filter(|v| *v > 0)?,
    };
    Some(Size {
        vcpus_milli,
        memory_mib: mib_from_gib(memory)?,
    })
}

fn family(host: &str) -> &str {
    host.split('-').next().unwrap_or(host)
}

/// The accelerator that hosts of an accelerator family always carry.
fn built_in(host: &str) -> Option<Accelerator<'static>> {
    let host = host.strip_suffix("-nolssd").unwrap_or(host);
    let count = |prefix: &str| -> Option<u64> {
        host.strip_prefix(prefix)?.strip_suffix('g')?.parse().ok()
    };
    if let Some(vcpus) = host.strip_prefix("g2-standard-") {
        let gpus = match vcpus {
            "24" => 2,
            "48" => 4,
            "96" => 8,
            _ => 1,
        };
        return Some(("L4", gpus));
    }
    let families = [
        ("a2-highgpu-", "A100"),
        ("a2-megagpu-", "A100"),
        ("a2-ultragpu-", "A100-80GB"),
        ("a3-edgegpu-", "H100"),
        ("a3-highgpu-", "H100"),
        ("a3-megagpu-", "H100-MEGA"),
        ("a3-ultragpu-", "H200"),
        ("a4-highgpu-", "B200"),
    ];
    let mut found = families.into_iter();
    found.find_map(|(prefix, gpu)| Some((gpu, count(prefix)?)))
}

/// The accelerators that may be attached to a host.
fn attachable(host: &str, size: Size) -> impl Iterator<Item = Accelerator<'static>> {
    let eligible = (host.starts_with("n1-standard-") || host.starts_with("n1-highmem-"))
        && size.vcpus_milli >= 4000;
    let limits = N1_LIMITS.into_iter().filter(move |_| eligible);
    limits
        .filter(move |(_, vcpus, gib)| {
            size.vcpus_milli <= vcpus * 1000 && size.memory_mib <= gib * 1024
        })
        .map(|(accelerator, _, _)| accelerator)
}

fn shape(name: &str, host: &str, size: Size, accelerator: Option<Accelerator<'_>>) -> String {
    let shape = Shape {
        name,
        vcpus_milli: size.vcpus_milli,
        memory_mib: Some(size.memory_mib),
        processor: gcp_processor(family(host)),
        gpu: accelerator.and_then(|(gpu, count)| Some((gcp_gpu(gpu)?, count * 1000))),
        disk_gb: None,
    };
    shape.line()
}

fn alone(name: &str, zone: &str, rates: Rates) -> String {
    line(name, zone, rates.on_demand, rates.spot, Basis::Listed)
}

fn joined(name: &str, zone: &str, host: Rates, added: Rates) -> String {
    let sum = |a: Option<Rate>, b: Option<Rate>| a.zip(b).and_then(|(a, b)| a.checked_add(b));
    let on_demand = sum(host.on_demand, added.on_demand);
    let spot = sum(host.spot, added.spot);
    line(name, zone, on_demand, spot, Basis::Derived)
}

fn line(
    name: &str,
    zone: &str,
    on_demand: Option<Rate>,
    spot: Option<Rate>,
    basis: Basis,
) -> String {
    let cell = |rate: Option<Rate>| match rate {
        Some(rate) => price_cell(rate, basis, "v"),
        None => unknown_cell(UnknownReason::EmptyInSource),
    };
    format!("{name}\t{zone}\t{}\t{}", cell(on_demand), cell(spot))
}

fn note_spot(rates: Rates, report: &mut Report) {
    match (rates.on_demand, rates.spot) {
        (_, None) => report.note("spot cells of accelerators empty in the sheet"),
        (Some(on_demand), Some(spot)) if spot > on_demand => {
            report.note("spot rates of accelerators above their on-demand rate");
        }
        _ => {}
    }
}
