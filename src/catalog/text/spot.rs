//! Rows of the `spot` catalog: how often spot machines are interrupted, a table for each region.
//!
//! Tables may name instance types that nothing offers: AWS counts machines whose rates aren't
//! known and those that this program leaves out. They are passed over.

use super::assemble::{RegionLookup, source_lookup, table};
use super::cells::parse_marked;
use super::document::{TextCatalog, TextError};
use super::rates::find_type;
use super::tables::spot_region;
use crate::catalog::{Basis, CatalogParts, Interruption, InterruptionBucket};

/// The interruptions of all types that `parts` has, by (instance type, region).
pub(super) fn interruptions(
    catalogs: &[&TextCatalog],
    parts: &CatalogParts,
    lookup: &RegionLookup<'_>,
) -> Result<Vec<Interruption>, TextError> {
    let mut all = Vec::new();
    for catalog in catalogs {
        let source = source_lookup(&parts.sources, &catalog.name);
        for path in catalog.tables.keys() {
            let Some((provider, region)) = spot_region(path) else {
                continue;
            };
            let region = lookup.find(provider, region);
            for line in table::<2>(catalog, path) {
                let line = line?;
                let [name, share] = line.cells;
                let region = region.ok_or_else(|| line.bad("the region isn't known"))?;
                let (share, basis, source) = line.check(parse_marked(share, &source))?;
                if basis != Basis::Listed {
                    return Err(line.bad("a share is listed, with `@`, or isn't there"));
                }
                let bucket = InterruptionBucket::from_name(share);
                let bucket = bucket.ok_or_else(|| line.bad(no_share(share)))?;
                if let Some(instance_type) = find_type(&parts.instance_types, provider, name) {
                    all.push(Interruption {
                        instance_type,
                        region,
                        bucket,
                        source,
                    });
                }
            }
        }
    }
    all.sort_unstable();
    let place = |i: &Interruption| (i.instance_type, i.region);
    match all.windows(2).find(|w| place(&w[0]) == place(&w[1])) {
        None => Ok(all),
        Some(twice) => {
            let region = &parts.regions[usize::from(twice[0].region.0)];
            let instance_type = &parts.instance_types[usize::from(twice[0].instance_type.0)];
            Err(TextError::Malformed {
                file: format!("spot/{}/{}.tsv", region.provider, region.name),
                row: instance_type.name.clone(),
                message: "this instance type stands twice for one region".to_owned(),
            })
        }
    }
}

fn no_share(cell: &str) -> String {
    let known = InterruptionBucket::ALL.map(InterruptionBucket::as_str);
    format!("`{cell}` is none of {}", known.join(", "))
}
