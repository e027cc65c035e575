//! Rows of rates: machines by zone, storage by region.

use std::collections::{BTreeMap, BTreeSet};

use super::assemble::{Line, RegionLookup, provider_of, source_lookup, table};
use super::cells::{NONE, parse_price};
use super::document::{TextCatalog, TextError};
use super::transfer;
use crate::catalog::{
    CatalogParts, InstanceType, Place, PlaceIndex, Price, Region, RegionIndex, Row, SourceIndex,
    TypeIndex, UnknownReason,
};
use crate::model::ProviderName;

pub(super) fn rates(catalogs: &[&TextCatalog], parts: &mut CatalogParts) -> Result<(), TextError> {
    parts.places = places(catalogs, &parts.regions)?;
    let at: BTreeMap<(RegionIndex, Option<String>), PlaceIndex> = (0u16..)
        .map(PlaceIndex)
        .zip(&parts.places)
        .map(|(i, p)| ((p.region, p.zone.clone()), i))
        .collect();
    let mut rows = Vec::new();
    for catalog in catalogs {
        let Some(provider) = provider_of(catalog) else {
            continue;
        };
        let source = source_lookup(&parts.sources, &catalog.name);
        let lookup = RegionLookup::new(&parts.regions);
        for (path, region) in rate_tables(catalog) {
            let region = lookup.find(provider, region);
            for line in table::<4>(catalog, path) {
                let line = line?;
                let [name, zone, on_demand, spot] = line.cells;
                let place = region.and_then(|r| at.get(&(r, zone_of(zone))).copied());
                rows.push(Row {
                    instance_type: find_type(&parts.instance_types, provider, name)
                        .ok_or_else(|| line.bad(format!("`types.tsv` has no `{name}`")))?,
                    place: place.ok_or_else(|| line.bad("the place isn't known"))?,
                    on_demand: node_price(&line, on_demand, &source)?,
                    spot: node_price(&line, spot, &source)?,
                });
            }
        }
    }
    rows.sort_unstable_by_key(|r| (r.instance_type, r.place));
    parts.rows = rows;
    refuse_repetition(parts)
}

/// Finds instance types by provider and name.
pub(super) fn find_type(
    types: &[InstanceType],
    provider: ProviderName,
    name: &str,
) -> Option<TypeIndex> {
    let key = |t: &InstanceType| (t.provider, t.name.as_str()).cmp(&(provider, name));
    let found = types.binary_search_by(key).ok()?;
    u16::try_from(found).ok().map(TypeIndex)
}

fn refuse_repetition(parts: &CatalogParts) -> Result<(), TextError> {
    let same = |w: &&[Row]| (w[0].instance_type, w[0].place) == (w[1].instance_type, w[1].place);
    match parts.rows.windows(2).find(same) {
        None => Ok(()),
        Some(twice) => {
            let instance_type = &parts.instance_types[usize::from(twice[0].instance_type.0)];
            let place = &parts.places[usize::from(twice[0].place.0)];
            let region = &parts.regions[usize::from(place.region.0)];
            Err(TextError::Malformed {
                file: format!("{}/rates/{}.tsv", region.provider, region.name),
                row: instance_type.name.clone(),
                message: "this instance type stands twice for one zone".to_owned(),
            })
        }
    }
}

fn node_price(
    line: &Line<'_, 4>,
    cell: &str,
    source: impl Fn(&str) -> Option<SourceIndex>,
) -> Result<Price, TextError> {
    let price = line.check(parse_price(cell, source))?;
    match price.quote() {
        Some(quote) if quote.rate.pico_usd() == 0 => {
            Err(line.bad("a machine at 0 USD is a rate that isn't known; write `unknown:…`"))
        }
        _ => Ok(price),
    }
}

fn zone_of(cell: &str) -> Option<String> {
    (cell != NONE).then(|| cell.to_owned())
}

fn rate_tables(catalog: &TextCatalog) -> impl Iterator<Item = (&str, &str)> {
    catalog.tables.keys().filter_map(|path| {
        let region = path.strip_prefix("rates/")?.strip_suffix(".tsv")?;
        Some((path.as_str(), region))
    })
}

fn places(catalogs: &[&TextCatalog], regions: &[Region]) -> Result<Vec<Place>, TextError> {
    let lookup = RegionLookup::new(regions);
    let mut all: BTreeSet<(RegionIndex, Option<String>)> = BTreeSet::new();
    for catalog in catalogs {
        let Some(provider) = provider_of(catalog) else {
            continue;
        };
        for (path, region) in rate_tables(catalog) {
            let Some(region) = lookup.find(provider, region) else {
                continue;
            };
            let mut zones = BTreeSet::new();
            for line in table::<4>(catalog, path) {
                zones.insert(line?.cells[1]);
            }
            all.extend(zones.into_iter().map(|z| (region, zone_of(z))));
        }
    }
    let places = all.into_iter().map(|(region, zone)| Place { region, zone });
    Ok(places.collect())
}

/// Storage rates by region; the row `provider/*` stands for the regions without a row.
pub(super) fn storage(
    catalogs: &[&TextCatalog],
    parts: &CatalogParts,
    lookup: &RegionLookup<'_>,
) -> Result<Vec<Price>, TextError> {
    let unknown = Price::Unknown {
        reason: UnknownReason::NotCovered,
    };
    let mut by_provider: BTreeMap<ProviderName, Price> = BTreeMap::new();
    let mut by_region: BTreeMap<RegionIndex, Price> = BTreeMap::new();
    for catalog in catalogs {
        let source = source_lookup(&parts.sources, &catalog.name);
        for line in table::<2>(catalog, "storage.tsv") {
            let line = line?;
            let [region, price] = line.cells;
            let price = line.check(parse_price(price, &source))?;
            let (provider, name) = line.check(transfer::parse_side(region))?;
            let earlier = match name {
                None => by_provider.insert(provider, price),
                Some(name) => {
                    let region = lookup.find(provider, name);
                    let region = region.ok_or_else(|| line.bad("the region isn't known"))?;
                    by_region.insert(region, price)
                }
            };
            if earlier.is_some() {
                return Err(line.bad("another row has the same region"));
            }
        }
    }
    let regions = (0u16..).map(RegionIndex).zip(&parts.regions);
    let prices = regions.map(|(index, region)| {
        let own = by_region.get(&index);
        let price = own.or_else(|| by_provider.get(&region.provider));
        price.copied().unwrap_or(unknown)
    });
    Ok(prices.collect())
}
