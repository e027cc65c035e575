//! Azure: one row for each size and region; regions have no zones here.

use std::collections::BTreeMap;

use super::names::{Shape, azure_gpu, azure_processor};
use super::sheet::{Sheet, mib_from_gib, positive_rate, thousandths};
use super::{ImportError, Imported, Input, Report};
use crate::catalog::text::{price_cell, unknown_cell};
use crate::catalog::{Basis, TextCatalog, UnknownReason};
use crate::units::Rate;

/// The best that is known of one size in one region.
struct Machine<'a> {
    accelerator: &'a str,
    count: &'a str,
    vcpus: &'a str,
    memory: &'a str,
    on_demand: Option<Rate>,
    spot: Option<Rate>,
}

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let sheet = Sheet::open(input, "vms.csv")?;
    let mut catalog = TextCatalog::new("azure", sheet.as_of(input)?);
    let title = "Azure virtual machines, on-demand and spot by region";
    catalog
        .sources
        .push(sheet.source(input, "azure", "v", title)?);
    let mut report = Report::default();
    let machines = machines(&sheet, &mut report)?;
    let mut shapes = BTreeMap::new();
    for ((name, region), machine) in &machines {
        let (on_demand, spot) = (cell(machine.on_demand), cell(machine.spot));
        note_spot(machine, &mut report);
        catalog.push(
            &format!("rates/{region}.tsv"),
            format!("{name}\t-\t{on_demand}\t{spot}"),
        );
        // Vcpus and memory are the same in every region; the largest text decides if not.
        let line = shape(name, machine).line();
        let known = shapes.entry(*name).or_insert_with(|| line.clone());
        if line > *known {
            *known = line;
        }
    }
    shapes
        .into_values()
        .for_each(|line| catalog.push("types.tsv", line));
    Ok(Imported { catalog, report })
}

/// The machines by name and region. The last column holds an unquoted comma in half of the rows,
/// so cells are taken by their place from the left and the rest is let be.
fn machines<'a>(
    sheet: &'a Sheet,
    report: &mut Report,
) -> Result<BTreeMap<(&'a str, &'a str), Machine<'a>>, ImportError> {
    let mut machines: BTreeMap<(&str, &str), Machine<'_>> = BTreeMap::new();
    let report = report.file(&sheet.name);
    for [
        name,
        accelerator,
        count,
        vcpus,
        memory,
        on_demand,
        spot,
        region,
    ] in sheet.rows([
        "InstanceType",
        "AcceleratorName",
        "AcceleratorCount",
        "vCPUs",
        "MemoryGiB",
        "Price",
        "SpotPrice",
        "Region",
    ])? {
        if let Some(reason) = refusal(name, accelerator, region, vcpus) {
            report.drop(reason);
            continue;
        }
        let machine = Machine {
            accelerator,
            count,
            vcpus,
            memory,
            on_demand: positive_rate(on_demand),
            spot: positive_rate(spot),
        };
        if let Some(earlier) = machines.get_mut(&(name, region)) {
            // Of rows that differ the dearer counts, so that their order doesn't.
            earlier.on_demand = earlier.on_demand.max(machine.on_demand);
            earlier.spot = earlier.spot.max(machine.spot);
            report.drop("repeats another row");
        } else {
            machines.insert((name, region), machine);
            report.keep();
        }
    }
    Ok(machines)
}

/// Why a row is no offering.
fn refusal(name: &str, accelerator: &str, region: &str, vcpus: &str) -> Option<&'static str> {
    if name.is_empty() || region.is_empty() || thousandths(vcpus).is_none_or(|v| v == 0) {
        return Some("no name, region or vCPUs in the row");
    }
    let family = name.strip_prefix("Standard_").unwrap_or(name);
    let accelerated = family.starts_with('N') || family.starts_with("PB");
    if accelerator.is_empty() && accelerated {
        return Some("a machine whose accelerator the sheet doesn't name");
    }
    if !accelerator.is_empty() && azure_gpu(name, accelerator).is_none() {
        return Some("an accelerator that isn't a known GPU");
    }
    None
}

fn shape<'a>(name: &'a str, machine: &Machine<'_>) -> Shape<'a> {
    let gpu = azure_gpu(name, machine.accelerator);
    Shape {
        name,
        vcpus_milli: thousandths(machine.vcpus).unwrap_or(0),
        memory_mib: mib_from_gib(machine.memory),
        processor: azure_processor(name),
        gpu: gpu.map(|g| (g, gpus_milli(name, machine.count))),
        disk_gb: None,
    }
}

/// GPUs in thousandths. The sheet says one for every size of NVv4, which are an eighth, a quarter,
/// a half and a whole MI25.
fn gpus_milli(name: &str, count: &str) -> u64 {
    match name {
        "Standard_NV4as_v4" => 125,
        "Standard_NV8as_v4" => 250,
        "Standard_NV16as_v4" => 500,
        _ => thousandths(count).unwrap_or(0),
    }
}

fn cell(rate: Option<Rate>) -> String {
    match rate {
        Some(rate) => price_cell(rate, Basis::Listed, "v"),
        None => unknown_cell(UnknownReason::EmptyInSource),
    }
}

fn note_spot(machine: &Machine<'_>, report: &mut Report) {
    match (machine.on_demand, machine.spot) {
        (None, _) => report.note("on-demand cells empty in the sheet"),
        (_, None) => report.note("spot cells empty in the sheet"),
        (Some(on_demand), Some(spot)) if spot == on_demand => {
            report.note("spot rates equal to the on-demand rate");
        }
        (Some(on_demand), Some(spot)) if spot > on_demand => {
            report.note("spot rates above the on-demand rate");
        }
        _ => {}
    }
}
