//! AWS: which type is offered in which zone, priced from the newest sheet that says so.
//!
//! On demand, in this order: the list of us-east-1; the zone's own row among the GPU and CPU
//! sheets; the same type in another zone of the region, since on-demand rates are a region's; the
//! family's reference size in the region × the ratio of vCPUs, which was checked to hold. Bare
//! metal is priced by its own row only. Spot: the zone's own row; else the spot advisor's average
//! savings on the on-demand rate, an estimate from older figures. Else the rate is unknown.

use std::collections::BTreeMap;

use super::aws_sheets::{
    Kind, Kinds, Rates, Spot, SpotShares, ZoneRates, advisor, kinds, offerings, us_east_1,
    zone_rates,
};
use super::names::{Shape, aws_gpu, aws_processor};
use super::sheet::Sheet;
use super::{ImportError, Imported, Input, Report};
use crate::catalog::text::{price_cell, unknown_cell};
use crate::catalog::{Basis, TextCatalog, UnknownReason};
use crate::units::Rate;

const CPU: &str = "cpu_reference_prices.csv";
const GPU: &str = "gpu_prices.csv";
const TYPES: &str = "instance_types.csv";
const OFFERINGS: &str = "offerings_by_zone.csv";
const US_EAST_1: &str = "us_east_1_on_demand.csv";
const ADVISOR: &str = "aws_spot_advisor";

/// What a file of that name is for, if it is for anything here.
pub(super) fn role(name: &str) -> Option<&'static str> {
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let exact = [CPU, GPU, TYPES, OFFERINGS, US_EAST_1];
    let found = exact.into_iter().find(|f| *f == plain);
    found.or_else(|| (plain.starts_with(ADVISOR) && plain.ends_with(".csv")).then_some(ADVISOR))
}

/// Whether a file of that name is the spot advisor's list.
pub(super) fn is_advisor(name: &str) -> bool {
    role(name) == Some(ADVISOR)
}

/// Opens the spot advisor's list.
pub(super) fn advisor_sheet(input: &Input) -> Result<Sheet, ImportError> {
    open(input, ADVISOR)
}

fn open(input: &Input, wanted: &'static str) -> Result<Sheet, ImportError> {
    let mut names = input.files.keys();
    let name = names.find(|n| role(n) == Some(wanted));
    Sheet::open(input, name.map_or(wanted, String::as_str))
}

/// Everything that the sheets say about rates.
struct Prices {
    kinds: Kinds,
    cpu: ZoneRates,
    gpu: ZoneRates,
    us_east_1: BTreeMap<String, Rate>,
    advisor: SpotShares,
    /// On-demand rates by (region, type), with the id of their source.
    regional: BTreeMap<(String, String), (Rate, &'static str)>,
    /// Rate and vCPUs of the reference size, by (region, family).
    reference: BTreeMap<(String, String), (Rate, u64)>,
}

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let mut report = Report::default();
    let types_sheet = open(input, TYPES)?;
    let kinds = kinds(&types_sheet, &mut report)?;
    let (cpu_sheet, gpu_sheet) = (open(input, CPU)?, open(input, GPU)?);
    let (offerings_sheet, us_sheet) = (open(input, OFFERINGS)?, open(input, US_EAST_1)?);
    let advisor_sheet = advisor_sheet(input)?;

    let mut catalog = TextCatalog::new("aws", cpu_sheet.as_of(input)?.min(gpu_sheet.as_of(input)?));
    for (sheet, id, title) in [
        (
            &cpu_sheet,
            "c",
            "EC2 CPU reference sizes, on-demand and spot by zone",
        ),
        (&gpu_sheet, "g", "EC2 GPU types, on-demand and spot by zone"),
        (&us_sheet, "u", "EC2 on-demand of every type in us-east-1"),
        (
            &advisor_sheet,
            "a",
            "Spot Instance Advisor, average savings",
        ),
        (&types_sheet, "t", "EC2 instance types"),
        (&offerings_sheet, "z", "EC2 instance types by zone id"),
    ] {
        catalog.sources.push(sheet.source(input, "aws", id, title)?);
    }
    let mut rows = offerings(&offerings_sheet, &kinds, &mut report)?;
    let prices = Prices {
        cpu: zone_rates(&cpu_sheet, &kinds, &mut report)?,
        gpu: zone_rates(&gpu_sheet, &kinds, &mut report)?,
        us_east_1: us_east_1(&us_sheet, &kinds, &mut report)?,
        advisor: advisor(&advisor_sheet, &mut report)?,
        kinds,
        regional: BTreeMap::new(),
        reference: BTreeMap::new(),
    };
    let prices = prices.with_regional_rates();
    rows.extend(prices.cpu.keys().chain(prices.gpu.keys()).cloned());
    rows.sort();
    rows.dedup();
    for row in &rows {
        prices.push(row, &mut catalog, &mut report);
    }
    push_types(&prices.kinds, &rows, &mut catalog);
    Ok(Imported { catalog, report })
}

fn push_types(kinds: &Kinds, rows: &[Spot], catalog: &mut TextCatalog) {
    let mut offered: Vec<&str> = rows.iter().map(|r| r.instance_type.as_str()).collect();
    offered.sort_unstable();
    offered.dedup();
    for name in offered {
        let Some(kind) = kinds.get(name) else {
            continue;
        };
        let gpu = aws_gpu(family(name)).map(|g| (g, kind.gpus_milli));
        let shape = Shape {
            name,
            vcpus_milli: kind.vcpus_milli,
            memory_mib: kind.memory_mib,
            processor: aws_processor(&kind.arch, &kind.maker),
            gpu: gpu.filter(|(_, milli)| *milli > 0),
            disk_gb: kind.disk_gb,
        };
        catalog.push("types.tsv", shape.line());
    }
}

fn family(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

impl Prices {
    fn with_regional_rates(mut self) -> Self {
        for (rates, source) in [(&self.cpu, "c"), (&self.gpu, "g")] {
            for (at, Rates { on_demand, .. }) in rates {
                let Some(rate) = *on_demand else { continue };
                let key = (at.region.clone(), at.instance_type.clone());
                let best = self.regional.entry(key).or_insert((rate, source));
                best.0 = best.0.max(rate);
            }
        }
        for (at, rates) in &self.cpu {
            let kind = self.kinds.get(&at.instance_type);
            if let (Some(rate), Some(kind)) = (rates.on_demand, kind) {
                let key = (at.region.clone(), family(&at.instance_type).to_owned());
                let best = self
                    .reference
                    .entry(key)
                    .or_insert((rate, kind.vcpus_milli));
                best.0 = best.0.max(rate);
            }
        }
        self
    }

    fn push(&self, at: &Spot, catalog: &mut TextCatalog, report: &mut Report) {
        let Some(kind) = self.kinds.get(&at.instance_type) else {
            return;
        };
        let on_demand = self.on_demand(at, kind);
        let spot = self.spot(at, on_demand);
        count(on_demand, spot, report);
        let line = format!(
            "{}\t{}\t{}\t{}",
            at.instance_type,
            at.zone,
            cell(on_demand),
            cell(spot)
        );
        catalog.push(&format!("rates/{}.tsv", at.region), line);
    }

    fn on_demand(&self, at: &Spot, kind: &Kind) -> Found {
        if at.region == "us-east-1"
            && let Some(rate) = self.us_east_1.get(&at.instance_type)
        {
            return Ok((*rate, Basis::Listed, "u"));
        }
        for (rates, source) in [(&self.cpu, "c"), (&self.gpu, "g")] {
            match rates.get(at).map(|r| r.on_demand) {
                Some(Some(rate)) => return Ok((rate, Basis::Listed, source)),
                // An empty cell here is a type that is sold in capacity blocks only.
                Some(None) => return Err(UnknownReason::NotSold),
                None => {}
            }
        }
        let key = (at.region.clone(), at.instance_type.clone());
        if let Some((rate, source)) = self.regional.get(&key) {
            return Ok((*rate, Basis::Derived, source));
        }
        let key = (at.region.clone(), family(&at.instance_type).to_owned());
        match self.reference.get(&key) {
            Some((rate, vcpus)) if !kind.bare_metal => rate
                .checked_ratio(kind.vcpus_milli, *vcpus)
                .map(|rate| (rate, Basis::Derived, "c"))
                .ok_or(UnknownReason::NotCovered),
            _ => Err(UnknownReason::NotCovered),
        }
    }

    fn spot(&self, at: &Spot, on_demand: Found) -> Found {
        for (rates, source) in [(&self.cpu, "c"), (&self.gpu, "g")] {
            if let Some(row) = rates.get(at) {
                let listed = row.spot.map(|rate| (rate, Basis::Listed, source));
                return listed.ok_or(UnknownReason::EmptyInSource);
            }
        }
        let key = (at.region.clone(), at.instance_type.clone());
        match (on_demand, self.advisor.get(&key)) {
            (Ok((rate, _, _)), Some(share)) => rate
                .checked_ratio(*share, 100)
                .map(|rate| (rate, Basis::Estimated, "a"))
                .ok_or(UnknownReason::NotCovered),
            _ => Err(UnknownReason::NotCovered),
        }
    }
}

/// A rate, its basis and the id of its source, or why there is none.
type Found = Result<(Rate, Basis, &'static str), UnknownReason>;

fn cell(found: Found) -> String {
    match found {
        Ok((rate, basis, source)) => price_cell(rate, basis, source),
        Err(reason) => unknown_cell(reason),
    }
}

fn count(on_demand: Found, spot: Found, report: &mut Report) {
    match on_demand {
        Ok((_, Basis::Derived, _)) => report.note("on-demand rates derived"),
        Ok(_) => report.note("on-demand rates listed"),
        Err(_) => report.note("on-demand rates unknown"),
    }
    match spot {
        Ok((_, Basis::Estimated, _)) => report.note("spot rates estimated"),
        Ok(_) => report.note("spot rates listed"),
        Err(_) => report.note("spot rates unknown"),
    }
}
