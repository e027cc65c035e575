//! Text catalogs → the one table that planning reads.

use super::document::{TextCatalog, TextError};
use super::{bandwidth, facts, rates, spot, transfer};
use crate::catalog::{CatalogInfo, CatalogParts, Region, RegionIndex, SourceIndex, SourceInfo};
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
    parts.gpus = facts::gpus(&catalogs)?;
    parts.regions = facts::regions(&catalogs)?;
    parts.instance_types = facts::instance_types(&catalogs, &parts.gpus)?;
    rates::rates(&catalogs, &mut parts)?;
    let index = RegionLookup::new(&parts.regions);
    let rules = transfer::rules(&catalogs, &parts, &index)?;
    parts.transfer = transfer::matrix(&rules, &parts.regions);
    parts.egress = transfer::egress(&rules, &parts.regions);
    parts.between_zones = transfer::between_zones(&rules, &parts.regions);
    parts.storage = rates::storage(&catalogs, &parts, &index)?;
    parts.interruptions = spot::interruptions(&catalogs, &parts, &index)?;
    parts.bandwidth = bandwidth::matrix(&catalogs, &parts, &index)?;
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

pub(super) fn provider_of(catalog: &TextCatalog) -> Option<ProviderName> {
    ProviderName::from_name(&catalog.name)
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
    pub(super) const fn new(regions: &'a [Region]) -> Self {
        Self(regions)
    }

    pub(super) fn find(&self, provider: ProviderName, name: &str) -> Option<RegionIndex> {
        let key = |r: &Region| (r.provider, r.name.as_str()).cmp(&(provider, name));
        let found = self.0.binary_search_by(key).ok()?;
        u16::try_from(found).ok().map(RegionIndex)
    }
}
