//! Rates of moving data between regions, from an old table of pairs and a newer one of AWS.
//!
//! The newer table counts where it has a row. What leaves a cloud pays its internet rate: AWS
//! prints it; for Azure and Google it is read off the rows to other clouds, whose commonest rate
//! it is (Google's dearer rows lead to Australia). Regions in no table get the highest rate that
//! the same cloud has for the same kind of move, marked as an estimate: too dear is the safe side.
//!
//! What moves between zones of one region costs is in neither table; those rates are written here.

use std::collections::BTreeMap;

use super::sheet::Sheet;
use super::{ImportError, Imported, Input, Report};
use crate::catalog::text::{price_cell, unknown_cell};
use crate::catalog::{Basis, SourceInfo, TextCatalog, UnknownReason};
use crate::units::{Date, Rate};

pub(super) const PAIRS: &str = "region_pair_cost.csv";
pub(super) const AWS: &str = "aws_transfer_costs.csv";
const TABLE: &str = "transfer.tsv";
/// Providers of the table of pairs.
const CLOUDS: [&str; 3] = ["aws", "azure", "gcp"];
/// The day of what is known of Lambda: that of its price list.
const LAMBDA_AS_OF: &str = "2026-05-20";
/// The day of what is known of traffic between zones: like other figures from memory, of 2025.
const ZONES_AS_OF: &str = "2025-01-01";
const PICO_USD_OF_A_CENT: u64 = 10_000_000_000;

/// A rate with the id of its source.
type Sourced = (Rate, &'static str);

/// Rates by source and destination, as rows of the catalog name them.
type Rules = BTreeMap<(String, String), Sourced>;

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let (pairs_sheet, aws_sheet) = (Sheet::open(input, PAIRS)?, Sheet::open(input, AWS)?);
    let mut catalog = TextCatalog::new("transfer", pairs_sheet.as_of(input)?);
    let pairs_title = "Transfer between regions of three clouds, list prices";
    let aws_title = "Transfer between AWS regions and to the internet";
    let pairs_source = pairs_sheet.source(input, "transfer", "p", pairs_title)?;
    let aws_source = aws_sheet.source(input, "transfer", "n", aws_title)?;
    let by_memory = |id: &str, as_of: &str, title: &str| SourceInfo {
        catalog: "transfer".into(),
        id: id.into(),
        title: title.into(),
        as_of: Date::parse(as_of).unwrap_or(pairs_source.as_of),
        sha256: String::new(),
    };
    let lambda_title = "Lambda's pricing page, from memory: transfer isn't charged";
    let zones_title = "Between zones of a region, vendors' pricing pages, from memory";
    catalog.sources.extend([
        by_memory("h", LAMBDA_AS_OF, lambda_title),
        by_memory("z", ZONES_AS_OF, zones_title),
        pairs_source,
        aws_source,
    ]);

    let mut report = Report::default();
    let newer = aws_rules(&aws_sheet, &mut report)?;
    let older = pair_rules(&pairs_sheet, &newer, &mut report)?;
    let mut listed = newer;
    listed.extend(older);
    for ((from, to), (rate, source)) in &listed {
        push(
            &mut catalog,
            from,
            to,
            price_cell(*rate, Basis::Listed, source),
        );
    }
    for (from, (rate, source)) in internet_rates(&listed) {
        push(
            &mut catalog,
            &from,
            "internet",
            price_cell(rate, Basis::Derived, source),
        );
        report.note("internet rates derived from rows to other clouds");
    }
    for cloud in CLOUDS {
        estimates(&listed, cloud, &mut catalog);
    }
    for to in ["same", "lambda/*", "internet"] {
        let nothing = price_cell(Rate::ZERO, Basis::Estimated, "h");
        push(&mut catalog, "lambda/*", to, nothing);
    }
    between_zones(&mut catalog);
    Ok(Imported { catalog, report })
}

/// AWS charges a cent to the sender's zone and a cent to the receiver's; Azure dropped the charge;
/// Lambda has no zones.
fn between_zones(catalog: &mut TextCatalog) {
    for (cloud, cents) in [("aws", 2), ("azure", 0), ("gcp", 1)] {
        let rate = Rate::from_pico_usd(cents * PICO_USD_OF_A_CENT);
        let cell = price_cell(rate, Basis::Estimated, "z");
        push(catalog, &format!("{cloud}/*"), "zones", cell);
    }
    let unknown = unknown_cell(UnknownReason::NotCovered);
    push(catalog, "lambda/*", "zones", unknown);
}

fn push(catalog: &mut TextCatalog, from: &str, to: &str, cell: String) {
    catalog.push(TABLE, format!("{from}\t{to}\t{cell}"));
}

fn aws_rules(sheet: &Sheet, report: &mut Report) -> Result<Rules, ImportError> {
    let file = report.file(&sheet.name);
    let mut rules = Rules::new();
    for [from, to, cost] in sheet.rows(["src", "dst", "cost"])? {
        let Ok(rate) = Rate::parse(cost) else {
            file.drop("no rate in the row");
            continue;
        };
        let to = match to {
            "internet" => to.to_owned(),
            _ => format!("aws/{to}"),
        };
        if keep_dearest(&mut rules, (format!("aws/{from}"), to), (rate, "n")) {
            file.drop("repeats another row");
        } else {
            file.keep();
        }
    }
    Ok(rules)
}

fn pair_rules(sheet: &Sheet, newer: &Rules, report: &mut Report) -> Result<Rules, ImportError> {
    let file = report.file(&sheet.name);
    let mut rules = Rules::new();
    for [from, to, cost] in sheet.rows(["src", "dest", "cost"])? {
        let sides = side(from).zip(side(to));
        let (Some(key), Ok(rate)) = (sides, Rate::parse(cost)) else {
            file.drop("no region or rate in the row");
            continue;
        };
        if newer.contains_key(&key) {
            file.drop("the newer table of AWS has the pair");
        } else if keep_dearest(&mut rules, key, (rate, "p")) {
            file.drop("repeats another row");
        } else {
            file.keep();
        }
    }
    Ok(rules)
}

fn keep_dearest(rules: &mut Rules, key: (String, String), value: Sourced) -> bool {
    match rules.get_mut(&key) {
        Some(earlier) => {
            *earlier = value.max(*earlier);
            true
        }
        None => {
            rules.insert(key, value);
            false
        }
    }
}

/// `gcp:us-central1-a` is a zone of `gcp/us-central1`; others name regions.
pub(super) fn side(cell: &str) -> Option<String> {
    let (cloud, place) = cell.split_once(':')?;
    let region = match cloud {
        "gcp" => place.rsplit_once('-')?.0,
        "aws" | "azure" => place,
        _ => return None,
    };
    Some(format!("{cloud}/{region}"))
}

fn cloud_of(side: &str) -> &str {
    side.split('/').next().unwrap_or(side)
}

/// Whether a rule leads out of its cloud.
fn leaves(from: &str, to: &str) -> bool {
    to == "internet" || cloud_of(from) != cloud_of(to)
}

/// The commonest rate to other clouds of each region whose internet rate isn't printed; of equally
/// common ones the dearest.
fn internet_rates(listed: &Rules) -> BTreeMap<String, Sourced> {
    let mut counts: BTreeMap<&str, BTreeMap<Sourced, u32>> = BTreeMap::new();
    for ((from, to), sourced) in listed {
        let printed = listed.contains_key(&(from.clone(), "internet".to_owned()));
        if !printed && leaves(from, to) {
            *counts.entry(from).or_default().entry(*sourced).or_default() += 1;
        }
    }
    let commonest = counts.into_iter().filter_map(|(from, rates)| {
        let (rate, _) = rates
            .into_iter()
            .max_by_key(|(rate, count)| (*count, *rate))?;
        Some((from.to_owned(), rate))
    });
    commonest.collect()
}

/// Rules for the regions of a cloud that no table has.
fn estimates(listed: &Rules, cloud: &str, catalog: &mut TextCatalog) {
    let highest = |out: bool| {
        let of_cloud = listed.iter().filter(|((from, to), _)| {
            cloud_of(from) == cloud && from != to && leaves(from, to) == out
        });
        of_cloud.map(|(_, sourced)| *sourced).max()
    };
    let all = format!("{cloud}/*");
    if let Some((rate, source)) = highest(false) {
        push(
            catalog,
            &all,
            &all,
            price_cell(rate, Basis::Estimated, source),
        );
        // Every region that is in the tables costs nothing within itself.
        push(
            catalog,
            &all,
            "same",
            price_cell(Rate::ZERO, Basis::Derived, source),
        );
    }
    if let Some((rate, source)) = highest(true) {
        push(
            catalog,
            &all,
            "internet",
            price_cell(rate, Basis::Estimated, source),
        );
    }
}
