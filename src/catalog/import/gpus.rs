//! Facts of GPUs. Blank cells are facts that aren't known, and stay so.

use std::collections::BTreeMap;

use super::sheet::{Sheet, thousandths};
use super::{ImportError, Imported, Input, Report};
use crate::catalog::text::{NONE, UNKNOWN, print_thousandths};
use crate::catalog::{SourceInfo, TextCatalog};

/// GPUs that clouds rent out and the sheet doesn't have: name, architecture, compute capability,
/// MiB of memory, GB/s, dense 16-bit TFLOPS in thousandths, rented as. Written by hand from the
/// vendors' data sheets; `None` is a fact that its writer wasn't sure of.
#[rustfmt::skip]
const BY_HAND: [(&str, &str, &str, u64, Option<u64>, Option<u64>, &str); 8] = [
    ("GH200", "Hopper", "9.0", 98_304, Some(4_000_000), Some(989_000), "Lambda"),
    ("M60", "Maxwell GM204", "5.2", 8_192, Some(160_000), None, "Azure NVv3"),
    ("MI25", "AMD Vega 10", UNKNOWN, 16_384, Some(484_000), None, "Azure NVv4 (incl. fractional)"),
    ("MI300X", "AMD CDNA 3", UNKNOWN, 196_608, Some(5_300_000), Some(1_307_000), "Azure ND MI300X v5"),
    ("P100-PCIe-16", "Pascal GP100", "6.0", 16_384, Some(732_000), None, "GCP n1+P100"),
    ("P4", "Pascal GP104", "6.1", 8_192, Some(192_000), None, "GCP n1+P4"),
    ("RTX-6000", "Turing TU102", "7.5", 24_576, Some(672_000), Some(130_500), "Lambda"),
    ("T4G", "Turing TU104", "7.5", 16_384, None, None, "AWS g5g"),
];

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let sheet = Sheet::open(input, "gpus.csv")?;
    let as_of = sheet.as_of(input)?;
    let mut catalog = TextCatalog::new("gpus", as_of);
    let source = sheet.source(
        input,
        "gpus",
        "g",
        "GPU facts from data sheets and driver output",
    )?;
    catalog.sources.push(source);
    catalog.sources.push(SourceInfo {
        catalog: "gpus".into(),
        id: "h".into(),
        title: "Vendors' data sheets, by hand".into(),
        as_of,
        sha256: String::new(),
    });
    let mut report = Report::default();
    let mut gpus: BTreeMap<String, String> = BTreeMap::new();
    for [
        name,
        arch,
        capability,
        nominal,
        nvml,
        bandwidth,
        tensor,
        rented,
    ] in sheet.rows([
        "gpu",
        "arch",
        "compute_cap",
        "mem_nominal_gb",
        "nvml_total_mib",
        "bw_gb_s",
        "fp16_tensor_dense_tflops",
        "public_cloud",
    ])? {
        // `A16 (per GPU, x4 board)` is the A16.
        let name = name.split(" (").next().unwrap_or(name);
        if name.is_empty() {
            report.file(&sheet.name).drop("no name in the row");
            continue;
        }
        if nvml.is_empty() {
            report.note("memory taken as the nominal size");
        }
        let nominal = nominal.parse::<u64>().ok().map(|gb| gb * 1024);
        let line = [
            name.to_owned(),
            word(arch),
            word(capability),
            fact(nvml.parse().ok().or(nominal)),
            thousandths_fact(thousandths(bandwidth)),
            thousandths_fact(thousandths(tensor)),
            word(rented),
        ]
        .join("\t");
        if let Some(earlier) = gpus.get_mut(name) {
            *earlier = line.max(std::mem::take(earlier));
            report.file(&sheet.name).drop("repeats another row");
        } else {
            gpus.insert(name.to_owned(), line);
            report.file(&sheet.name).keep();
        }
    }
    for (name, arch, capability, memory, bandwidth, tensor, rented) in BY_HAND {
        let line = [
            name.to_owned(),
            arch.to_owned(),
            capability.to_owned(),
            fact(Some(memory)),
            thousandths_fact(bandwidth),
            thousandths_fact(tensor),
            rented.to_owned(),
        ];
        gpus.entry(name.to_owned()).or_insert_with(|| {
            report.note("GPUs written by hand");
            line.join("\t")
        });
    }
    for line in gpus.into_values() {
        catalog.push("gpus.tsv", line);
    }
    Ok(Imported { catalog, report })
}

fn word(cell: &str) -> String {
    match cell {
        "" => UNKNOWN.to_owned(),
        "-" => NONE.to_owned(),
        _ => cell.replace('\t', " "),
    }
}

fn fact(value: Option<u64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |v| v.to_string())
}

fn thousandths_fact(value: Option<u64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), print_thousandths)
}
