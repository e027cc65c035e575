//! Lambda: one row for each machine and region, on demand only.

use std::collections::BTreeMap;

use super::names::{Processor, Shape, lambda_gpu};
use super::sheet::{Sheet, mib_from_gib, positive_rate, thousandths};
use super::{ImportError, Imported, Input, Report};
use crate::catalog::text::{price_cell, unknown_cell};
use crate::catalog::{Basis, TextCatalog, UnknownReason};
use crate::units::Rate;

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let sheet = Sheet::open(input, "vms.csv")?;
    let mut catalog = TextCatalog::new("lambda", sheet.as_of(input)?);
    let title = "Lambda machines, on demand by region";
    catalog
        .sources
        .push(sheet.source(input, "lambda", "v", title)?);
    let mut report = Report::default();
    let mut rates: BTreeMap<(&str, &str), Option<Rate>> = BTreeMap::new();
    let mut shapes: BTreeMap<&str, String> = BTreeMap::new();
    let file = report.file(&sheet.name);
    for [name, vcpus, memory, rate, region] in
        sheet.rows(["InstanceType", "vCPUs", "MemoryGiB", "Price", "Region"])?
    {
        let vcpus = thousandths(vcpus).filter(|v| *v > 0);
        let Some(vcpus) = vcpus else {
            file.drop("no vCPUs in the row");
            continue;
        };
        let rate = positive_rate(rate);
        let gpu = lambda_gpu(name);
        if name.starts_with("gpu_") && gpu.is_none() {
            file.drop("an accelerator that isn't a known GPU");
            continue;
        }
        let shape = Shape {
            name,
            vcpus_milli: vcpus,
            memory_mib: mib_from_gib(memory),
            processor: match gpu {
                Some(("GH200", _)) => Processor::GRACE,
                _ => Processor::X86,
            },
            gpu,
            disk_gb: None,
        };
        let line = shape.line();
        let known = shapes.entry(name).or_default();
        *known = line.max(std::mem::take(known));
        if let Some(earlier) = rates.get_mut(&(name, region)) {
            *earlier = rate.max(*earlier);
            file.drop("repeats another row");
        } else {
            rates.insert((name, region), rate);
            file.keep();
        }
    }
    for ((name, region), rate) in rates {
        let on_demand = match rate {
            Some(rate) => price_cell(rate, Basis::Listed, "v"),
            None => unknown_cell(UnknownReason::EmptyInSource),
        };
        let spot = unknown_cell(UnknownReason::NotSold);
        catalog.push(
            &format!("rates/{region}.tsv"),
            format!("{name}\t-\t{on_demand}\t{spot}"),
        );
    }
    shapes
        .into_values()
        .for_each(|line| catalog.push("types.tsv", line));
    Ok(Imported { catalog, report })
}
