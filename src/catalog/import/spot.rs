//! How often AWS's spot machines are interrupted, from the Spot Instance Advisor: a share of the
//! trailing month in five steps, by region and type.
//!
//! Types that the catalog of rates leaves out are kept: whether something is offered is that
//! catalog's to say.

use std::collections::BTreeMap;

use super::sheet::Sheet;
use super::{ImportError, Imported, Input, Report, aws};
use crate::catalog::text::marked_cell;
use crate::catalog::{Basis, InterruptionBucket, TextCatalog};

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let sheet = aws::advisor_sheet(input)?;
    let mut catalog = TextCatalog::new("spot", sheet.as_of(input)?);
    let title = "Spot Instance Advisor, share interrupted in the trailing month";
    catalog
        .sources
        .push(sheet.source(input, "spot", "a", title)?);
    let mut report = Report::default();
    for ((region, name), bucket) in buckets(&sheet, &mut report)? {
        let cell = marked_cell(bucket.as_str(), Basis::Listed, "a");
        catalog.push(&format!("aws/{region}.tsv"), format!("{name}\t{cell}"));
    }
    Ok(Imported { catalog, report })
}

/// Buckets by (region, type). Of rows that say different things of the same, the worse counts.
fn buckets<'a>(
    sheet: &'a Sheet,
    report: &mut Report,
) -> Result<BTreeMap<(&'a str, &'a str), InterruptionBucket>, ImportError> {
    let file = report.file(&sheet.name);
    let mut buckets: BTreeMap<(&str, &str), InterruptionBucket> = BTreeMap::new();
    for [region, name, bucket] in sheet.rows(["region", "instance_type", "interruption_bucket"])? {
        if !is_region(region) || name.is_empty() || name.contains(char::is_control) {
            file.drop("no region or instance type in the row");
            continue;
        }
        let number = bucket.parse::<usize>().ok();
        let Some(bucket) = number.and_then(|n| InterruptionBucket::ALL.get(n).copied()) else {
            file.drop("no bucket from 0 to 4 in the row");
            continue;
        };
        if let Some(earlier) = buckets.get_mut(&(region, name)) {
            *earlier = bucket.max(*earlier);
            file.drop("repeats another row");
        } else {
            buckets.insert((region, name), bucket);
            file.keep();
        }
    }
    Ok(buckets)
}

/// Whether a cell can be the name of a region, and so of a file.
fn is_region(cell: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !cell.is_empty() && cell.chars().all(plain)
}
