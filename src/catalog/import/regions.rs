//! Where regions are: country and town, for readers and for rules like "in the EU".

use std::collections::BTreeMap;

use super::sheet::Sheet;
use super::{ImportError, Imported, Input, Report};
use crate::catalog::TextCatalog;
use crate::catalog::text::UNKNOWN;
use crate::model::ProviderName;

pub(super) fn import(input: &Input) -> Result<Imported, ImportError> {
    let sheet = Sheet::open(input, "regions.csv")?;
    let mut catalog = TextCatalog::new("regions", sheet.as_of(input)?);
    let title = "Regions of the clouds with country and town";
    catalog
        .sources
        .push(sheet.source(input, "regions", "r", title)?);
    let mut report = Report::default();
    let file = report.file(&sheet.name);
    let mut regions: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let or_unknown = |cell: &str| {
        let plain = cell.replace('\t', " ");
        if plain.is_empty() {
            UNKNOWN.to_owned()
        } else {
            plain
        }
    };
    for [provider, region, country, city] in
        sheet.rows(["provider", "region", "country", "city"])?
    {
        if ProviderName::from_name(provider).is_none() {
            file.drop("a provider without a catalog");
            continue;
        }
        let line = format!(
            "{provider}\t{region}\t{}\t{}",
            or_unknown(country),
            or_unknown(city)
        );
        if let Some(earlier) = regions.get_mut(&(provider, region)) {
            *earlier = line.max(std::mem::take(earlier));
            file.drop("repeats another row");
        } else {
            regions.insert((provider, region), line);
            file.keep();
        }
    }
    for line in regions.into_values() {
        catalog.push("regions.tsv", line);
    }
    Ok(Imported { catalog, report })
}
