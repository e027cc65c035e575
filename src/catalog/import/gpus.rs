//! Facts of GPUs. Blank cells are facts that aren't known, and stay so.

use std::collections::BTreeMap;

use super::sheet::{Sheet, thousandths};
use super::{ImportError, Imported, Input, Report, products, slices};
use crate::catalog::text::{NONE, UNKNOWN, print_thousandths};
use crate::catalog::{SourceInfo, TextCatalog};

/// A line of `gpus.tsv` as cells: name, architecture, compute capability, MiB of memory, usable MiB,
/// GB/s, dense 16-bit TFLOPS, product, card, slices of a card, rented as.
pub(super) type Facts = [String; 11];

/// GPUs that clouds rent out and the sheet doesn't have, with `|` between cells: name,
/// architecture, compute capability, MiB of memory, GB/s, dense 16-bit TFLOPS, rented as. Written
/// by hand from the vendors' data sheets; what their writer wasn't sure of is unknown.
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
    let by_hand = |id: &str, title: &str| SourceInfo {
        catalog: "gpus".into(),
        id: id.into(),
        title: title.into(),
        as_of,
        sha256: String::new(),
    };
    let sources = [
        ("h", "Vendors' data sheets, by hand"),
        (
            "m",
            "Slices of cards (MIG): the vendor's guide and drivers' output, by hand",
        ),
        ("n", "Names of products in drivers' output, by hand"),
    ];
    let sources = sources.map(|(id, title)| by_hand(id, title));
    catalog.sources.extend(sources);
    let mut report = Report::default();
    let mut gpus = read(&sheet, &mut report)?;
    for line in BY_HAND {
        let facts = by_hand_facts(line);
        let name = facts[0].clone();
        gpus.entry(name).or_insert_with(|| {
            report.note("GPUs written by hand");
            facts
        });
    }
    for facts in gpus.into_values() {
        for slice in slices::of(&facts) {
            report.note("slices of cards written by hand");
            catalog.push("gpus.tsv", slice.join("\t"));
        }
        catalog.push("gpus.tsv", facts.join("\t"));
    }
    Ok(Imported { catalog, report })
}

fn by_hand_facts(line: &str) -> Facts {
    let mut cells = line.split('|');
    let mut cell = || cells.next().unwrap_or(UNKNOWN).to_owned();
    let [name, architecture, capability] = [cell(), cell(), cell()];
    let [memory, bandwidth, tensor, rented] = [cell(), cell(), cell(), cell()];
    let product = products::of(&name);
    [
        name,
        architecture,
        capability,
        memory,
        UNKNOWN.to_owned(),
        bandwidth,
        tensor,
        product,
        NONE.to_owned(),
        NONE.to_owned(),
        rented,
    ]
}

/// Facts by name. Of rows with one name the last in order counts, whatever order they stand in.
fn read(sheet: &Sheet, report: &mut Report) -> Result<BTreeMap<String, Facts>, ImportError> {
    let mut gpus: BTreeMap<String, Facts> = BTreeMap::new();
    for [
        name,
        arch,
        capability,
        nominal,
        nvml,
        cuda,
        bandwidth,
        tensor,
        rented,
    ] in sheet.rows([
        "gpu",
        "arch",
        "compute_cap",
        "mem_nominal_gb",
        "nvml_total_mib",
        "cuda_total_gib_obs",
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
            fact(whole_mib(cuda)),
            thousandths_fact(thousandths(bandwidth)),
            thousandths_fact(thousandths(tensor)),
            products::of(name),
            NONE.to_owned(),
            NONE.to_owned(),
            word(rented),
        ];
        if let Some(earlier) = gpus.get_mut(name) {
            *earlier = facts.max(std::mem::take(earlier));
            report.file(&sheet.name).drop("repeats another row");
        } else {
            gpus.insert(name.to_owned(), facts);
            report.file(&sheet.name).keep();
        }
    }
    Ok(gpus)
}

/// Whole MiB in a number of GiB, rounded down: what was printed with two decimals may be less.
fn whole_mib(gib: &str) -> Option<u64> {
    thousandths(gib)?.checked_mul(1024).map(|mib| mib / 1000)
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
