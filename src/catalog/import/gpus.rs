//! Facts of GPUs. Blank cells are facts that aren't known, and stay so.

use std::collections::BTreeMap;

use super::sheet::{Sheet, thousandths};
use super::{ImportError, Imported, Input, Report};
use crate::catalog::text::{NONE, UNKNOWN, print_thousandths};
use crate::catalog::{SourceInfo, TextCatalog};

/// The columns of `gpus.tsv`, as cells.
type Facts = [String; 7];

/// GPUs that clouds rent out and the sheet doesn't have, as lines of `gpus.tsv` with `|` between
/// cells: name, architecture, compute capability, MiB of memory, GB/s, dense 16-bit TFLOPS, rented
/// as. Written by hand from the vendors' data sheets; what their writer wasn't sure of is unknown.
const BY_HAND: [&str; 8] = [
    "GH200|Hopper|9.0|98304|4000|989|Lambda",
    "M60|Maxwell GM204|5.2|8192|160|unknown|Azure NVv3",
    "MI25|AMD Vega 10|unknown|16384|484|unknown|Azure NVv4 (incl. fractional)",
    "MI300X|AMD CDNA 3|unknown|196608|5300|1307|Azure ND MI300X v5",
    "P100-PCIe-16|Pascal GP100|6.0|16384|732|unknown|GCP n1+P100",
    "P4|Pascal GP104|6.1|8192|192|unknown|GCP n1+P4",
    "RTX-6000|Turing TU102|7.5|24576|672|130.5|Lambda",
    "T4G|Turing TU104|7.5|16384|unknown|unknown|AWS g5g",
];

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let sheet = Sheet::open(input, "gpus.csv")?;
    let as_of = sheet.as_of(input)?;
    let mut catalog = TextCatalog::new("gpus", as_of);
    let title = "GPU facts from data sheets and driver output";
    catalog
        .sources
        .push(sheet.source(input, "gpus", "g", title)?);
    catalog.sources.push(SourceInfo {
        catalog: "gpus".into(),
        id: "h".into(),
        title: "Vendors' data sheets, by hand".into(),
        as_of,
        sha256: String::new(),
    });
    let mut report = Report::default();
    let mut gpus = read(&sheet, &mut report)?;
    for line in BY_HAND {
        let line = line.replace('|', "\t");
        let name = line.split('\t').next().unwrap_or_default().to_owned();
        gpus.entry(name).or_insert_with(|| {
            report.note("GPUs written by hand");
            line
        });
    }
    for line in gpus.into_values() {
        catalog.push("gpus.tsv", line);
    }
    Ok(Imported { catalog, report })
}

/// Lines of the catalog by name. Of rows with one name the last in order counts, whatever order
/// they stand in.
fn read(sheet: &Sheet, report: &mut Report) -> Result<BTreeMap<String, String>, ImportError> {
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
        let facts: Facts = [
            name.to_owned(),
            word(arch),
            word(capability),
            fact(nvml.parse().ok().or(nominal)),
            thousandths_fact(thousandths(bandwidth)),
            thousandths_fact(thousandths(tensor)),
            word(rented),
        ];
        let line = facts.join("\t");
        if let Some(earlier) = gpus.get_mut(name) {
            *earlier = line.max(std::mem::take(earlier));
            report.file(&sheet.name).drop("repeats another row");
        } else {
            gpus.insert(name.to_owned(), line);
            report.file(&sheet.name).keep();
        }
    }
    Ok(gpus)
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
