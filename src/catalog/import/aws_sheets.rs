//! The sheets of AWS, each read into what pricing asks of it.

use std::collections::BTreeMap;

use super::names::AWS_OTHER_ACCELERATORS;
use super::sheet::{Sheet, positive_rate, thousandths};
use super::{ImportError, Report};
use crate::units::Rate;

/// A zone id is a region's short name and a number: `use1-az4`. Local Zones and Wavelength Zones
/// have one part more: `usw2-lax1-az1`.
const LOCAL_ZONE: &str = "Local or Wavelength Zone, which repeats its region's price";
/// The sheet names a type that the list of types doesn't.
const UNKNOWN_TYPE: &str = "no vCPUs or memory known for the type";
/// Only the first of equal rows counts.
pub(super) const REPEATED: &str = "repeats another row";

/// Whether the id is that of an ordinary zone.
fn is_plain_zone(zone: &str) -> bool {
    zone.split('-').count() == 2
}

/// A type of `instance_types.csv`.
pub(super) struct Kind {
    pub(super) vcpus_milli: u64,
    pub(super) memory_mib: Option<u64>,
    pub(super) arch: String,
    pub(super) maker: String,
    pub(super) gpus_milli: u64,
    pub(super) disk_gb: Option<u64>,
    pub(super) bare_metal: bool,
}

/// Instance type, then what the sheet says of it.
pub(super) type Kinds = BTreeMap<String, Kind>;

/// Reads `instance_types.csv`. Types with an accelerator that isn't a GPU and Macs are dropped.
pub(super) fn kinds(sheet: &Sheet, report: &mut Report) -> Result<Kinds, ImportError> {
    let mut kinds = Kinds::new();
    let report = report.file(&sheet.name);
    for [
        name,
        vcpus,
        memory,
        arch,
        maker,
        gpu,
        gpus,
        gpu_memory,
        disk,
        metal,
    ] in sheet.rows([
        "instance_type",
        "vcpus",
        "memory_mib",
        "arch",
        "cpu_manufacturer_or_processor",
        "gpu_name",
        "gpu_count",
        "gpu_memory_mib",
        "local_storage_gb",
        "bare_metal",
    ])? {
        let family = name.split('.').next().unwrap_or_default();
        let Some(vcpus_milli) = thousandths(vcpus).filter(|v| *v > 0) else {
            report.drop(UNKNOWN_TYPE);
            continue;
        };
        if AWS_OTHER_ACCELERATORS.contains(&family) || family == "vt1" {
            report.drop("has an accelerator that isn't a GPU");
            continue;
        }
        if maker == "Apple" || family.starts_with("mac") {
            report.drop("a Mac, rented by the day only");
            continue;
        }
        let kind = Kind {
            vcpus_milli,
            memory_mib: memory.parse().ok(),
            arch: arch.to_owned(),
            maker: maker.to_owned(),
            gpus_milli: if gpu.is_empty() {
                0
            } else {
                gpu_thousandths(gpus, gpu_memory)
            },
            disk_gb: disk.parse().ok(),
            bare_metal: metal.eq_ignore_ascii_case("true"),
        };
        if kinds.insert(name.to_owned(), kind).is_some() {
            report.drop(REPEATED);
        } else {
            report.keep();
        }
    }
    Ok(kinds)
}

/// GPUs in thousandths. A part of an L4 is printed as zero GPUs with a part of its memory; the
/// parts sold are eighths of its 22,888 MiB.
fn gpu_thousandths(gpus: &str, memory: &str) -> u64 {
    const L4_MIB: u64 = 22_888;
    match gpus.parse::<u64>() {
        Ok(0) | Err(_) => {
            let eighths = memory.parse::<u64>().unwrap_or(0) * 8 / L4_MIB;
            eighths * 125
        }
        Ok(count) => count * 1000,
    }
}

/// A type in a zone of a region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) region: String,
    pub(super) instance_type: String,
    pub(super) zone: String,
}

/// Where each type is offered.
pub(super) fn offerings(
    sheet: &Sheet,
    kinds: &Kinds,
    report: &mut Report,
) -> Result<Vec<Spot>, ImportError> {
    let report = report.file(&sheet.name);
    let mut offerings = Vec::new();
    for [region, zone, name] in sheet.rows(["region", "zone_id_or_name", "instance_type"])? {
        if !is_plain_zone(zone) {
            report.drop(LOCAL_ZONE);
        } else if kinds.contains_key(name) {
            report.keep();
            offerings.push(Spot {
                region: region.to_owned(),
                instance_type: name.to_owned(),
                zone: zone.to_owned(),
            });
        } else {
            report.drop("the type was dropped or isn't listed");
        }
    }
    offerings.sort();
    offerings.dedup();
    Ok(offerings)
}

/// Both rates of a row; `None` for an empty cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rates {
    pub(super) on_demand: Option<Rate>,
    pub(super) spot: Option<Rate>,
}

/// Rates by type and zone.
pub(super) type ZoneRates = BTreeMap<Spot, Rates>;

/// Reads `gpu_prices.csv` or `cpu_reference_prices.csv`, which have the same columns. Of rows with
/// the same type and zone the dearest counts, so that their order doesn't.
pub(super) fn zone_rates(
    sheet: &Sheet,
    kinds: &Kinds,
    report: &mut Report,
) -> Result<ZoneRates, ImportError> {
    let mut all = ZoneRates::new();
    for [name, on_demand, spot, region, zone] in sheet.rows([
        "instance_type",
        "on_demand_usd_per_hour",
        "spot_usd_per_hour",
        "region",
        "zone_id",
    ])? {
        if !is_plain_zone(zone) {
            report.file(&sheet.name).drop(LOCAL_ZONE);
            continue;
        }
        if !kinds.contains_key(name) {
            report.file(&sheet.name).drop(UNKNOWN_TYPE);
            continue;
        }
        let rates = Rates {
            on_demand: positive_rate(on_demand),
            spot: positive_rate(spot),
        };
        note_oddities(rates, report);
        let at = Spot {
            region: region.to_owned(),
            instance_type: name.to_owned(),
            zone: zone.to_owned(),
        };
        if let Some(earlier) = all.get_mut(&at) {
            *earlier = rates.max(*earlier);
            report.file(&sheet.name).drop(REPEATED);
        } else {
            all.insert(at, rates);
            report.file(&sheet.name).keep();
        }
    }
    Ok(all)
}

/// Counts what a reader should distrust but an importer mustn't change.
fn note_oddities(rates: Rates, report: &mut Report) {
    match (rates.on_demand, rates.spot) {
        (_, None) => report.note("spot cells empty in the sheet"),
        (None, _) => report.note("on-demand cells empty in the sheet"),
        (Some(on_demand), Some(spot)) if spot == on_demand => {
            report.note("spot rates equal to the on-demand rate");
        }
        (Some(on_demand), Some(spot)) if spot > on_demand => {
            report.note("spot rates above the on-demand rate");
        }
        (Some(on_demand), Some(spot)) if spot.pico_usd() * 10 == on_demand.pico_usd() => {
            report.note("spot rates at exactly 10 % of the on-demand rate, a floor");
        }
        _ => {}
    }
}

/// Reads `us_east_1_on_demand.csv`: rates by type.
pub(super) fn us_east_1(
    sheet: &Sheet,
    kinds: &Kinds,
    report: &mut Report,
) -> Result<BTreeMap<String, Rate>, ImportError> {
    let report = report.file(&sheet.name);
    let mut all: BTreeMap<String, Rate> = BTreeMap::new();
    for [name, rate] in sheet.rows(["instance_type", "on_demand_usd_per_hour"])? {
        let Some(rate) = positive_rate(rate) else {
            report.drop("no rate in the row");
            continue;
        };
        if name.contains(".metal") {
            report.drop("bare metal at its dedicated-tenancy price");
        } else if !kinds.contains_key(name) {
            report.drop("the type was dropped or isn't listed");
        } else if let Some(earlier) = all.get_mut(name) {
            *earlier = rate.max(*earlier);
            report.drop(REPEATED);
        } else {
            all.insert(name.to_owned(), rate);
            report.keep();
        }
    }
    Ok(all)
}

/// Percent of the on-demand rate that spot costs on average, by region and type.
pub(super) type SpotShares = BTreeMap<(String, String), u64>;

/// Reads the spot advisor's list. Savings may be negative: spot may cost more.
pub(super) fn advisor(sheet: &Sheet, report: &mut Report) -> Result<SpotShares, ImportError> {
    let report = report.file(&sheet.name);
    let mut all = SpotShares::new();
    for [region, name, savings] in sheet.rows(["region", "instance_type", "savings_percent"])? {
        let share = savings.parse::<i64>().ok().map(|s| 100 - s);
        let share = share.and_then(|s| u64::try_from(s).ok()).filter(|s| *s > 0);
        let Some(share) = share else {
            report.drop("no savings in the row");
            continue;
        };
        let key = (region.to_owned(), name.to_owned());
        if let Some(earlier) = all.get_mut(&key) {
            *earlier = share.max(*earlier);
            report.drop(REPEATED);
        } else {
            all.insert(key, share);
            report.keep();
        }
    }
    Ok(all)
}
