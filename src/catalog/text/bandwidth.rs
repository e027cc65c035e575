//! Rows of the `bandwidth` catalog → the matrix of Mbit/s between all regions.
//!
//! Pairs that no row has are estimated here and stored nowhere: they get the lower quartile of the
//! rows from the one provider to the other, or of all rows where there is none. Slow is the safe
//! side, since the machine that waits for its data is paid.

use std::collections::BTreeMap;

use super::assemble::{Line, RegionLookup, source_lookup, table};
use super::cells::parse_marked;
use super::document::{TextCatalog, TextError};
use super::transfer::parse_side;
use crate::catalog::{Bandwidth, Basis, CatalogParts, Region, RegionIndex};
use crate::model::ProviderName;

/// What rows say, by source and destination.
type Measured = BTreeMap<(RegionIndex, RegionIndex), Bandwidth>;

/// The bandwidth between regions, row by source; nothing within a region.
pub(super) fn matrix(
    catalogs: &[&TextCatalog],
    parts: &CatalogParts,
    lookup: &RegionLookup<'_>,
) -> Result<Vec<Option<Bandwidth>>, TextError> {
    let mut measured = Measured::new();
    for catalog in catalogs {
        let source = source_lookup(&parts.sources, &catalog.name);
        for line in table::<3>(catalog, "bandwidth.tsv") {
            let line = line?;
            let (from, to) = (
                region(&line, line.cells[0], lookup)?,
                region(&line, line.cells[1], lookup)?,
            );
            if from == to {
                return Err(line.bad("both sides are the same region"));
            }
            let (figure, basis, source) = line.check(parse_marked(line.cells[2], &source))?;
            let figure = figure.parse().ok().filter(|n| *n > 0);
            let bandwidth = Bandwidth {
                megabits_per_second: figure
                    .ok_or_else(|| line.bad("the bandwidth isn't a whole number above 0"))?,
                basis,
                source,
            };
            if measured.insert((from, to), bandwidth).is_some() {
                return Err(line.bad("another row has the same two sides"));
            }
        }
    }
    Ok(filled(&measured, &parts.regions))
}

fn region(
    line: &Line<'_, 3>,
    cell: &str,
    lookup: &RegionLookup<'_>,
) -> Result<RegionIndex, TextError> {
    let (provider, name) = line.check(parse_side(cell))?;
    let found = name.and_then(|name| lookup.find(provider, name));
    found.ok_or_else(|| line.bad(format!("no region is called `{cell}`")))
}

/// The whole matrix, estimates where nothing was measured.
fn filled(measured: &Measured, regions: &[Region]) -> Vec<Option<Bandwidth>> {
    let provider = |index: RegionIndex| regions[usize::from(index.0)].provider;
    let mut by_clouds: BTreeMap<(ProviderName, ProviderName), Vec<Bandwidth>> = BTreeMap::new();
    for ((from, to), bandwidth) in measured {
        let clouds = (provider(*from), provider(*to));
        by_clouds.entry(clouds).or_default().push(*bandwidth);
    }
    let overall = lower_quartile(measured.values().copied().collect());
    let estimates: BTreeMap<_, _> = by_clouds
        .into_iter()
        .map(|(clouds, all)| (clouds, lower_quartile(all)))
        .collect();
    let indices = || (0u16..).map(RegionIndex).zip(regions);
    let mut matrix = Vec::with_capacity(regions.len() * regions.len());
    for (from, source) in indices() {
        matrix.extend(indices().map(|(to, destination)| {
            if from == to {
                return None;
            }
            let clouds = (source.provider, destination.provider);
            let estimate = || estimates.get(&clouds).copied().unwrap_or(overall);
            measured.get(&(from, to)).copied().or_else(estimate)
        }));
    }
    matrix
}

/// The figure a quarter of the way up, rounded down, as an estimate.
fn lower_quartile(mut all: Vec<Bandwidth>) -> Option<Bandwidth> {
    all.sort_unstable();
    let quartile = all.get(all.len().saturating_sub(1) / 4)?;
    Some(Bandwidth {
        basis: Basis::Estimated,
        ..*quartile
    })
}
