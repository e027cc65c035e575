//! Rows of facts: GPUs, regions, instance types.

use std::collections::BTreeMap;

use super::assemble::{Line, provider_of, table};
use super::cells::{NONE, UNKNOWN, parse_arch, parse_fact, parse_thousandths, parse_vendors};
use super::document::{TextCatalog, TextError};
use super::transfer;
use crate::catalog::{Gpu, GpuCount, GpuIndex, InstanceType, Region, Slice};
use crate::model::ProviderName;

fn known(cell: &str) -> String {
    if cell == UNKNOWN || cell == NONE {
        String::new()
    } else {
        cell.to_owned()
    }
}

pub(super) fn gpus(catalogs: &[&TextCatalog]) -> Result<Vec<Gpu>, TextError> {
    let mut gpus: Vec<Gpu> = Vec::new();
    for catalog in catalogs {
        for line in table::<11>(catalog, "gpus.tsv") {
            gpus.push(gpu(&line?)?);
        }
    }
    gpus.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(twice) = gpus.windows(2).find(|w| w[0].name == w[1].name) {
        return Err(repeated("gpus/gpus.tsv".to_owned(), &twice[0].name));
    }
    let card = |name: &str| gpus.iter().any(|g| g.name == name && g.slice.is_none());
    let mut slices = gpus.iter().filter_map(|g| Some((g, g.slice.as_ref()?)));
    match slices.find(|(_, slice)| !card(&slice.card)) {
        Some((gpu, slice)) => Err(TextError::Malformed {
            file: "gpus/gpus.tsv".to_owned(),
            row: gpu.name.clone(),
            message: format!("no card is called `{}`", slice.card),
        }),
        None => Ok(gpus),
    }
}

fn gpu(line: &Line<'_, 11>) -> Result<Gpu, TextError> {
    let [
        name,
        architecture,
        capability,
        memory,
        usable,
        bandwidth,
        tensor,
        product,
        card,
        per_card,
        rented,
    ] = line.cells;
    let thousandths = |cell: &str| match cell {
        UNKNOWN => Ok(None),
        _ => line.check(parse_thousandths(cell).map(Some)),
    };
    let product = known(product);
    Ok(Gpu {
        name: name.to_owned(),
        architecture: known(architecture),
        compute_capability: line.check(parse_capability(capability))?,
        memory_mib: line.check(parse_fact(memory))?,
        observed_usable_mib: line.check(parse_fact(usable))?,
        bandwidth_milli_gb_s: thousandths(bandwidth)?,
        tensor_milli_tflops: thousandths(tensor)?,
        product: (!product.is_empty()).then_some(product),
        slice: slice(line, name, card, per_card)?,
        public_cloud: known(rented),
    })
}

/// What a GPU is a slice of. Its name says so too: names are how specs ask for slices.
fn slice(
    line: &Line<'_, 11>,
    name: &str,
    card: &str,
    per_card: &str,
) -> Result<Option<Slice>, TextError> {
    if card == NONE {
        return match line.check(parse_fact(per_card))? {
            None => Ok(None),
            Some(_) => Err(line.bad("a whole card isn't cut into slices")),
        };
    }
    let profile = name
        .strip_prefix(card)
        .and_then(|n| n.strip_prefix("-MIG-"));
    if profile.is_none_or(str::is_empty) {
        return Err(line.bad(format!(
            "a slice of it is called `{card}-MIG-` and a profile"
        )));
    }
    let per_card = line.check(parse_fact(per_card))?.filter(|n| *n > 0);
    Ok(Some(Slice {
        card: card.to_owned(),
        per_card: per_card.ok_or_else(|| line.bad("it isn't said how many slices a card gives"))?,
    }))
}

fn repeated(file: String, name: &str) -> TextError {
    TextError::Malformed {
        file,
        row: name.to_owned(),
        message: "this name stands twice".to_owned(),
    }
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

/// The regions of the `regions` catalog, and those that rates and transfer name beside them.
pub(super) fn regions(catalogs: &[&TextCatalog]) -> Result<Vec<Region>, TextError> {
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

pub(super) fn instance_types(
    catalogs: &[&TextCatalog],
    gpus: &[Gpu],
) -> Result<Vec<InstanceType>, TextError> {
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
    let same = |w: &&[InstanceType]| (w[0].provider, &w[0].name) == (w[1].provider, &w[1].name);
    match types.windows(2).find(same) {
        Some(twice) => {
            let file = format!("{}/types.tsv", twice[0].provider);
            Err(repeated(file, &twice[0].name))
        }
        None => Ok(types),
    }
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
