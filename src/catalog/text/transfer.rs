//! Rules of the `transfer` catalog → the matrix of USD per GB between all regions.
//!
//! A row names a source (`aws/us-east-1`, or `aws/*` for the regions of AWS without a row) and a
//! destination: a region, `aws/*`, `same` (the region itself), `zones` (between zones of the region,
//! both directions' charges together) or `internet`. The most specific row
//! counts, the source before the destination. Between clouds, where no row matches, data leaves by
//! the internet, so the source's `internet` rate counts, marked as derived.

use std::collections::{BTreeMap, BTreeSet};

use super::assemble::{Line, RegionLookup, source_lookup, table};
use super::cells::parse_price;
use super::document::{TextCatalog, TextError};
use crate::catalog::{Basis, CatalogParts, Price, Quote, Region, RegionIndex, UnknownReason};
use crate::model::ProviderName;

const PATH: &str = "transfer.tsv";

/// Where data goes to, as a row says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Destination {
    Region(RegionIndex),
    Provider(ProviderName),
    Same,
    Zones,
    Internet,
}

/// Where data comes from, as a row says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Region(RegionIndex),
    Provider(ProviderName),
}

/// The rows of the catalog.
pub(super) type Rules = BTreeMap<(Origin, Destination), Price>;

/// Reads `aws/us-east-1` or `aws/*`.
pub(super) fn parse_side(cell: &str) -> Result<(ProviderName, Option<&str>), String> {
    let bad = || format!("`{cell}` isn't a region like `aws/us-east-1` or `aws/*`");
    let (provider, region) = cell.split_once('/').ok_or_else(bad)?;
    let provider = ProviderName::from_name(provider).ok_or_else(bad)?;
    Ok((provider, (region != "*").then_some(region)))
}

/// The regions that rows name.
pub(super) fn named_regions(
    catalog: &TextCatalog,
) -> Result<BTreeSet<(ProviderName, String)>, TextError> {
    let mut named = BTreeSet::new();
    for line in table::<3>(catalog, PATH) {
        let line = line?;
        let [from, to, _] = line.cells;
        for side in [from, to].into_iter().filter(|s| s.contains('/')) {
            if let (provider, Some(region)) = line.check(parse_side(side))? {
                named.insert((provider, region.to_owned()));
            }
        }
    }
    Ok(named)
}

/// Reads the rows.
pub(super) fn rules(
    catalogs: &[&TextCatalog],
    parts: &CatalogParts,
    lookup: &RegionLookup<'_>,
) -> Result<Rules, TextError> {
    let mut rules = Rules::new();
    for catalog in catalogs {
        let source = source_lookup(&parts.sources, &catalog.name);
        for line in table::<3>(catalog, PATH) {
            let line = line?;
            let price = line.check(parse_price(line.cells[2], &source))?;
            let key = rule_key(&line, lookup)?;
            if rules.insert(key, price).is_some() {
                return Err(line.bad("another row has the same two sides"));
            }
        }
    }
    Ok(rules)
}

fn indexed(regions: &[Region]) -> impl Iterator<Item = (RegionIndex, &Region)> {
    (0u16..).map(RegionIndex).zip(regions)
}

/// The rates between regions, row by source.
pub(super) fn matrix(rules: &Rules, regions: &[Region]) -> Vec<Price> {
    let mut matrix = Vec::with_capacity(regions.len() * regions.len());
    for from in indexed(regions) {
        matrix.extend(indexed(regions).map(|to| between(rules, from, to)));
    }
    matrix
}

/// The rates out of each region.
pub(super) fn egress(rules: &Rules, regions: &[Region]) -> Vec<Price> {
    let regions = indexed(regions);
    regions.map(|from| rules_egress(rules, from)).collect()
}

/// The rates between zones of each region.
pub(super) fn between_zones(rules: &Rules, regions: &[Region]) -> Vec<Price> {
    let unknown = Price::Unknown {
        reason: UnknownReason::NotCovered,
    };
    let rates = indexed(regions).map(|r| first(rules, r, &[Destination::Zones]));
    rates.map(|price| price.unwrap_or(unknown)).collect()
}

fn rule_key(
    line: &Line<'_, 3>,
    lookup: &RegionLookup<'_>,
) -> Result<(Origin, Destination), TextError> {
    let find = |provider, name: &str| {
        lookup
            .find(provider, name)
            .ok_or_else(|| line.bad(format!("no region is called `{name}`")))
    };
    let [from, to, _] = line.cells;
    let origin = match line.check(parse_side(from))? {
        (provider, Some(name)) => Origin::Region(find(provider, name)?),
        (provider, None) => Origin::Provider(provider),
    };
    let destination = match to {
        "same" => Destination::Same,
        "zones" => Destination::Zones,
        "internet" => Destination::Internet,
        _ => match line.check(parse_side(to))? {
            (provider, Some(name)) => Destination::Region(find(provider, name)?),
            (provider, None) => Destination::Provider(provider),
        },
    };
    Ok((origin, destination))
}

/// The first rule that matches, the source before the destination.
fn first(
    rules: &Rules,
    from: (RegionIndex, &Region),
    destinations: &[Destination],
) -> Option<Price> {
    let origins = [Origin::Region(from.0), Origin::Provider(from.1.provider)];
    let keys = origins
        .into_iter()
        .flat_map(|o| destinations.iter().map(move |d| (o, *d)));
    keys.into_iter().find_map(|key| rules.get(&key).copied())
}

fn rules_egress(rules: &Rules, from: (RegionIndex, &Region)) -> Price {
    first(rules, from, &[Destination::Internet]).unwrap_or(Price::Unknown {
        reason: UnknownReason::NotCovered,
    })
}

fn between(rules: &Rules, from: (RegionIndex, &Region), to: (RegionIndex, &Region)) -> Price {
    let here = Destination::Region(to.0);
    let provider = Destination::Provider(to.1.provider);
    if from.0 == to.0 {
        let within = first(rules, from, &[here, Destination::Same]);
        return within.unwrap_or(Price::Unknown {
            reason: UnknownReason::NotCovered,
        });
    }
    if let Some(price) = first(rules, from, &[here, provider]) {
        return price;
    }
    match rules_egress(rules, from) {
        Price::Known(quote) if from.1.provider != to.1.provider => Price::Known(Quote {
            basis: quote.basis.max(Basis::Derived),
            ..quote
        }),
        _ => Price::Unknown {
            reason: UnknownReason::NotCovered,
        },
    }
}
