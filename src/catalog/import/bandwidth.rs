//! Measured bandwidth between one pair of machines in two regions. Where zones were measured, the
//! slowest pair stands for the regions; pairs within a region are left out.

use std::collections::BTreeMap;

use super::sheet::{Sheet, thousandths};
use super::transfer::side;
use super::{ImportError, Imported, Input, Report};
use crate::catalog::text::marked_cell;
use crate::catalog::{Basis, TextCatalog};

const SHEET: &str = "vm_to_vm_gbps";

/// Whether it reads a file of that name.
pub(super) fn reads(name: &str) -> bool {
    name.starts_with(SHEET) && name.ends_with(".csv")
}

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let name = input.files.keys().find(|name| reads(name));
    let sheet = Sheet::open(input, name.map_or(SHEET, String::as_str))?;
    let mut catalog = TextCatalog::new("bandwidth", sheet.as_of(input)?);
    let title = "Bandwidth between pairs of machines in two regions, measured median";
    catalog
        .sources
        .push(sheet.source(input, "bandwidth", "m", title)?);
    let mut report = Report::default();
    let file = report.file(&sheet.name);
    let mut pairs: BTreeMap<(String, String), u32> = BTreeMap::new();
    for [from, to, gigabits] in sheet.rows(["src", "dst", "gbps_median"])? {
        // Gbit/s in thousandths are Mbit/s.
        let megabits = thousandths(gigabits).and_then(|n| u32::try_from(n).ok());
        let sides = side(from).zip(side(to));
        let sides = sides.filter(|_| ![from, to].iter().any(|s| s.contains(char::is_control)));
        let (Some(sides), Some(megabits)) = (sides, megabits.filter(|n| *n > 0)) else {
            file.drop("no region or bandwidth in the row");
            continue;
        };
        if sides.0 == sides.1 {
            file.drop("both sides are in one region");
        } else if let Some(earlier) = pairs.get_mut(&sides) {
            *earlier = megabits.min(*earlier);
            file.drop("another pair of zones of the two regions");
        } else {
            pairs.insert(sides, megabits);
            file.keep();
        }
    }
    for ((from, to), megabits) in pairs {
        let cell = marked_cell(megabits, Basis::Listed, "m");
        catalog.push("bandwidth.tsv", format!("{from}\t{to}\t{cell}"));
    }
    Ok(Imported { catalog, report })
}
