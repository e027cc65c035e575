//! Text catalogs → the one table that planning reads.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{
    NONE, UNKNOWN, parse_arch, parse_fact, parse_price, parse_thousandths, parse_vendors,
};
use super::document::{TextCatalog, TextError};
use super::transfer;
use crate::catalog::{
    CatalogInfo, CatalogParts, Gpu, GpuCount, GpuIndex, InstanceType, Place, PlaceIndex, Price,
    Region, RegionIndex, Row, SourceIndex, SourceInfo, TypeIndex, UnknownReason,
};
use crate::model::ProviderName;

/// Joins all text catalogs into the parts of a [`Catalog`](crate::catalog::Catalog). The order in
/// which catalogs and rows stand makes no difference.
///
/// # Errors
///
/// [`TextError`] for the first row that has no meaning, names something that isn't there, or says
/// what another row says already.
pub fn assemble(catalogs: &[TextCatalog]) -> Result<CatalogParts, TextError> {
    let mut catalogs: Vec<&TextCatalog> = catalogs.iter().collect();
    catalogs.sort_by(|a, b| a.name.cmp(&b.name));
    let mut parts = CatalogParts {
        infos: catalogs.iter().map(|c| info(c)).collect(),
        sources: sources(&catalogs),
        ..CatalogParts::default()
    };
    parts.gpus = gpus(&catalogs)?;
    parts.regions = regions(&catalogs)?;
    parts.instance_types = instance_types(&catalogs, &parts.gpus)?;
    rates(&catalogs, &mut parts)?;
    let index = RegionLookup::new(&parts.regions);
    (parts.transfer, parts.egress) = transfer::matrix(&catalogs, &parts, &index)?;
    parts.storage = storage(&catalogs, &parts, &index)?;
    Ok(parts)
}

fn info(catalog: &TextCatalog) -> CatalogInfo {
    CatalogInfo {
        name: catalog.name.clone(),
        as_of: catalog.as_of,
        sha256: catalog.sha256(),
        rows: u32::try_from(catalog.row_count()).unwrap_or(u32::MAX),
    }
}

fn sources(catalogs: &[&TextCatalog]) -> Vec<SourceInfo> {
    let mut all: Vec<SourceInfo> = catalogs.iter().flat_map(|c| c.sources.clone()).collect();
    all.sort_by(|a, b| (&a.catalog, &a.id).cmp(&(&b.catalog, &b.id)));
    all
}

/// One row of a table, split into its cells, which knows how to complain.
pub(super) struct Line<'a, const N: usize> {
    file: String,
    row: &'a str,
    pub(super) cells: [&'a str; N],
}

impl<const N: usize> Line<'_, N> {
    pub(super) fn bad(&self, message: impl Into<String>) -> TextError {
        TextError::Malformed {
            file: self.file.clone(),
            row: self.row.to_owned(),
            message: message.into(),
        }
    }

    pub(super) fn check<T>(&self, value: Result<T, String>) -> Result<T, TextError> {
        value.map_err(|message| self.bad(message))
    }
}

/// The rows of one table of one catalog.
pub(super) fn table<'a, const N: usize>(
    catalog: &'a TextCatalog,
    path: &'a str,
) -> impl Iterator<Item = Result<Line<'a, N>, TextError>> {
    let rows = catalog.tables.get(path).into_iter().flatten();
    rows.map(move |row| {
        let file = format!("{}/{path}", catalog.name);
        let cells: Vec<&str> = row.split('\t').collect();
        match <[&str; N]>::try_from(cells) {
            Ok(cells) => Ok(Line { file, row, cells }),
            Err(cells) => Err(TextError::Malformed {
                file,
                row: row.clone(),
                message: format!("it has {} cells instead of {N}", cells.len()),
            }),
        }
    })
}

fn known(cell: &str) -> String {
    if cell == UNKNOWN || cell == NONE {
        String::new()
    } else {
        cell.to_owned()
    }
}

fn gpus(catalogs: &[&TextCatalog]) -> Result<Vec<Gpu>, TextError> {
    let mut gpus: Vec<Gpu> = Vec::new();
    for catalog in catalogs {
        for line in table::<7>(catalog, "gpus.tsv") {
            let line = line?;
            let [
                name,
                architecture,
                capability,
                memory,
                bandwidth,
                tensor,
                rented,
            ] = line.cells;
            let thousandths = |cell: &str| match cell {
                UNKNOWN => Ok(None),
                _ => line.check(parse_thousandths(cell).map(Some)),
            };
            gpus.push(Gpu {
                name: name.to_owned(),
                architecture: known(architecture),
                compute_capability: line.check(parse_capability(capability))?,
                memory_mib: line.check(parse_fact(memory))?,
                bandwidth_milli_gb_s: thousandths(bandwidth)?,
                tensor_milli_tflops: thousandths(tensor)?,
                public_cloud: known(rented),
            });
        }
    }
    gpus.sort_by(|a, b| a.name.cmp(&b.name));
    gpus.dedup_by(|a, b| a.name == b.name);
    Ok(gpus)
}

fn parse_capability(cell: &str) -> Result<Option<(u32, u32)>, String> {
    if cell == UNKNOWN || cell == NONE {
        return Ok(None);
    }
    let parts = cell.split_once('.');
    let pair = parts.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    pair.map(Some)
        .ok_or_else(|| format!("`{cell}` isn't a compute capability like `8.6`"))
}

fn provider_of(catalog: &TextCatalog) -> Option<ProviderName> {
    ProviderName::from_name(&catalog.name)
}

/// The regions of the `regions` catalog, and those that rates and transfer name beside them.
fn regions(catalogs: &[&TextCatalog]) -> Result<Vec<Region>, TextError> {
    let mut all: BTreeMap<(ProviderName, String), (String, String)> = BTreeMap::new();
    for catalog in catalogs {
        for line in table::<4>(catalog, "regions.tsv") {
            let line = line?;
            let [provider, region, country, city] = line.cells;
            let provider = ProviderName::from_name(provider)
                .ok_or_else(|| line.bad(format!("`{provider}` is no known provider")))?;
            all.insert((provider, region.to_owned()), (known(country), known(city)));
        }
        if let Some(provider) = provider_of(catalog) {
            for region in rate_regions(catalog) {
                all.entry((provider, region.to_owned())).or_default();
            }
        }
        for (provider, region) in transfer::named_regions(catalog)? {
            all.entry((provider, region)).or_default();
        }
    }
    let regions = all
        .into_iter()
        .map(|((provider, name), (country, city))| Region {
            provider,
            name,
            country,
            city,
        });
    Ok(regions.collect())
}

fn rate_regions(catalog: &TextCatalog) -> impl Iterator<Item = &str> {
    catalog.tables.keys().filter_map(|path| {
        path.strip_prefix("rates/")
            .and_then(|p| p.strip_suffix(".tsv"))
    })
}

fn instance_types(catalogs: &[&TextCatalog], gpus: &[Gpu]) -> Result<Vec<InstanceType>, TextError> {
    let mut types = Vec::new();
    for catalog in catalogs {
        let Some(provider) = provider_of(catalog) else {
            continue;
        };
        for line in table::<8>(catalog, "types.tsv") {
            types.push(instance_type(provider, &line?, gpus)?);
        }
    }
    types.sort_by(|a, b| (a.provider, &a.name).cmp(&(b.provider, &b.name)));
    Ok(types)
}

fn instance_type(
    provider: ProviderName,
    line: &Line<'_, 8>,
    gpus: &[Gpu],
) -> Result<InstanceType, TextError> {
    let [name, vcpus, memory, arch, vendors, gpu, count, disk] = line.cells;
    let vcpus = line.check(parse_thousandths(vcpus))?;
    let gpu = match gpu {
        NONE => None,
        _ => {
            let found = gpus.binary_search_by(|g| g.name.as_str().cmp(gpu)).ok();
            let index = found.and_then(|i| u16::try_from(i).ok());
            let milli = line.check(parse_thousandths(count))?;
            Some(GpuCount {
                gpu: index
                    .map(GpuIndex)
                    .ok_or_else(|| line.bad(format!("no GPU is called `{gpu}`")))?,
                milli: u32::try_from(milli).map_err(|_| line.bad("too many GPUs"))?,
            })
        }
    };
    Ok(InstanceType {
        provider,
        name: name.to_owned(),
        vcpus_milli: u32::try_from(vcpus).map_err(|_| line.bad("too many vCPUs"))?,
        memory_mib: line.check(parse_fact(memory))?,
        arch: line.check(parse_arch(arch))?,
        cpu_vendors: line.check(parse_vendors(vendors))?,
        gpu,
        local_disk_gb: line.check(parse_fact(disk))?,
    })
}

/// Finds sources of one catalog by id.
pub(super) fn source_lookup<'a>(
    sources: &'a [SourceInfo],
    catalog: &'a str,
) -> impl Fn(&str) -> Option<SourceIndex> + 'a {
    move |id| {
        let key = |s: &SourceInfo| (s.catalog.as_str(), s.id.as_str()).cmp(&(catalog, id));
        let found = sources.binary_search_by(key).ok()?;
        u8::try_from(found).ok().map(SourceIndex)
    }
}

/// Finds regions by provider and name.
pub(super) struct RegionLookup<'a>(&'a [Region]);

impl<'a> RegionLookup<'a> {
    const fn new(regions: &'a [Region]) -> Self {
        Self(regions)
    }

    pub(super) fn find(&self, provider: ProviderName, name: &str) -> Option<RegionIndex> {
        let key = |r: &Region| (r.provider, r.name.as_str()).cmp(&(provider, name));
        let found = self.0.binary_search_by(key).ok()?;
        u16::try_from(found).ok().map(RegionIndex)
    }
}

fn rates(catalogs: &[&TextCatalog], parts: &mut CatalogParts) -> Result<(), TextError> {
    parts.places = places(catalogs, &parts.regions)?;
    let at: BTreeMap<(RegionIndex, Option<String>), PlaceIndex> = (0u16..)
        .map(PlaceIndex)
        .zip(&parts.places)
        .map(|(i, p)| ((p.region, p.zone.clone()), i))
        .collect();
    let lookup = RegionLookup::new(&parts.regions);
    let mut rows = Vec::new();
    for catalog in catalogs {
        let Some(provider) = provider_of(catalog) else {
            continue;
        };
        let source = source_lookup(&parts.sources, &catalog.name);
        for (path, region) in rate_tables(catalog) {
            let region = lookup.find(provider, region);
            for line in table::<4>(catalog, path) {
                let line = line?;
                let [name, zone, on_demand, spot] = line.cells;
                let key = |t: &InstanceType| (t.provider, t.name.as_str()).cmp(&(provider, name));
                let found = parts.instance_types.binary_search_by(key).ok();
                let instance_type = found
                    .and_then(|i| u16::try_from(i).ok())
                    .ok_or_else(|| line.bad(format!("`types.tsv` has no `{name}`")))?;
                let place = region.and_then(|r| at.get(&(r, zone_of(zone))).copied());
                rows.push(Row {
                    instance_type: TypeIndex(instance_type),
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
fn storage(
    catalogs: &[&TextCatalog],
    parts: &CatalogParts,
    lookup: &RegionLookup<'_>,
) -> Result<Vec<Price>, TextError> {
    let unknown = Price::Unknown {
        reason: UnknownReason::NotCovered,
    };
    let mut prices = vec![unknown; parts.regions.len()];
    for pass_over_defaults in [true, false] {
        for catalog in catalogs {
            let source = source_lookup(&parts.sources, &catalog.name);
            for line in table::<2>(catalog, "storage.tsv") {
                let line = line?;
                let [region, price] = line.cells;
                let price = line.check(parse_price(price, &source))?;
                let (provider, name) = line.check(transfer::parse_side(region))?;
                let chosen = match name {
                    Some(name) if !pass_over_defaults => lookup.find(provider, name),
                    None if pass_over_defaults => {
                        for (region, slot) in parts.regions.iter().zip(&mut prices) {
                            if region.provider == provider {
                                *slot = price;
                            }
                        }
                        None
                    }
                    _ => None,
                };
                if let Some(RegionIndex(at)) = chosen {
                    prices[usize::from(at)] = price;
                }
            }
        }
    }
    Ok(prices)
}
