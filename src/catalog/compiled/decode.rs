//! Bytes → parts, trusting nothing.

mod measured;

use super::encode::UNKNOWN_KINDS;
use super::wire::Reader;
use super::{CatalogError, HEADER, MAGIC, VERSION};
use crate::catalog::{
    Arch, Basis, CatalogInfo, CatalogParts, CpuVendors, Gpu, GpuCount, GpuIndex, InstanceType,
    Place, PlaceIndex, Price, Quote, Region, RegionIndex, Row, Slice, SourceIndex, SourceInfo,
    TypeIndex, UnknownReason,
};
use crate::model::ProviderName;
use crate::units::{Date, Rate};

/// Reads the compiled form.
///
/// # Errors
///
/// [`CatalogError`] when the bytes aren't a whole, undamaged catalog of the version that this
/// program reads.
pub fn decode(bytes: &[u8]) -> Result<CatalogParts, CatalogError> {
    let (header, body) = bytes
        .split_at_checked(HEADER)
        .ok_or(CatalogError::NotACatalog)?;
    let mut header = Reader::new(header);
    if header.take(MAGIC.len())? != MAGIC {
        return Err(CatalogError::NotACatalog);
    }
    let version = header.u32()?;
    if version != VERSION {
        return Err(CatalogError::Version {
            found: version,
            known: VERSION,
        });
    }
    let (expected, found) = (header.u64()?, body.len() as u64);
    if expected != found {
        return Err(CatalogError::Length { expected, found });
    }
    if crc32fast::hash(body) != header.u32()? {
        return Err(CatalogError::Checksum);
    }
    decode_body(&mut Reader::new(body))
}

fn decode_body(r: &mut Reader<'_>) -> Result<CatalogParts, CatalogError> {
    let infos = r.list("catalogs", info)?;
    let sources = r.list("sources", source)?;
    let gpus = r.list("GPUs", gpu)?;
    let regions = r.list("regions", region)?;
    let places = r.list("zones", |r| place(r, regions.len()))?;
    let instance_types = r.list("instance types", |r| instance_type(r, gpus.len()))?;
    let prices = r.list("prices", |r| price(r, sources.len()))?;
    let rows = rows(r, instance_types.len(), places.len(), &prices)?;
    let transfer = price_column(r, regions.len() * regions.len(), &prices)?;
    let egress = price_column(r, regions.len(), &prices)?;
    let storage = price_column(r, regions.len(), &prices)?;
    let between_zones = price_column(r, regions.len(), &prices)?;
    let interruptions =
        measured::interruptions(r, instance_types.len(), regions.len(), sources.len())?;
    let bandwidth = measured::bandwidth(r, regions.len(), sources.len())?;
    if !r.is_empty() {
        return Err(r.inconsistent());
    }
    Ok(CatalogParts {
        infos,
        sources,
        gpus,
        instance_types,
        regions,
        places,
        rows,
        transfer,
        egress,
        storage,
        between_zones,
        interruptions,
        bandwidth,
    })
}

fn date(r: &mut Reader<'_>) -> Result<Date, CatalogError> {
    let days = r.i32()?;
    Date::from_days_since_epoch(days).ok_or_else(|| r.inconsistent())
}

fn info(r: &mut Reader<'_>) -> Result<CatalogInfo, CatalogError> {
    Ok(CatalogInfo {
        name: r.text()?,
        as_of: date(r)?,
        sha256: r.text()?,
        rows: r.u32()?,
    })
}

fn source(r: &mut Reader<'_>) -> Result<SourceInfo, CatalogError> {
    Ok(SourceInfo {
        catalog: r.text()?,
        id: r.text()?,
        title: r.text()?,
        as_of: date(r)?,
        sha256: r.text()?,
    })
}

/// Splits a number into its upper and lower 32 bits.
fn halves(value: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    (
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    )
}

fn gpu(r: &mut Reader<'_>) -> Result<Gpu, CatalogError> {
    Ok(Gpu {
        name: r.text()?,
        architecture: r.text()?,
        compute_capability: r.optional()?.map(halves),
        memory_mib: r.optional_u32()?,
        observed_usable_mib: r.optional_u32()?,
        bandwidth_milli_gb_s: r.optional()?,
        tensor_milli_tflops: r.optional()?,
        product: Some(r.text()?).filter(|name| !name.is_empty()),
        slice: slice(r)?,
        public_cloud: r.text()?,
    })
}

fn slice(r: &mut Reader<'_>) -> Result<Option<Slice>, CatalogError> {
    let (per_card, card) = (r.optional_u32()?, r.text()?);
    match per_card {
        None if card.is_empty() => Ok(None),
        None | Some(0) => Err(r.inconsistent()),
        Some(per_card) => Ok(Some(Slice { card, per_card })),
    }
}

fn provider(r: &mut Reader<'_>) -> Result<ProviderName, CatalogError> {
    let at = usize::from(r.u8()?);
    let provider = ProviderName::ALL.get(at).copied();
    provider.ok_or_else(|| r.inconsistent())
}

fn region(r: &mut Reader<'_>) -> Result<Region, CatalogError> {
    Ok(Region {
        provider: provider(r)?,
        name: r.text()?,
        country: r.text()?,
        city: r.text()?,
    })
}

fn place(r: &mut Reader<'_>, regions: usize) -> Result<Place, CatalogError> {
    let region = r.u16()?;
    if usize::from(region) >= regions {
        return Err(r.inconsistent());
    }
    let zoned = r.u8()? != 0;
    let zone = r.text()?;
    Ok(Place {
        region: RegionIndex(region),
        zone: zoned.then_some(zone),
    })
}

fn instance_type(r: &mut Reader<'_>, gpus: usize) -> Result<InstanceType, CatalogError> {
    let provider = provider(r)?;
    let name = r.text()?;
    let vcpus_milli = r.u32()?;
    let memory_mib = r.optional_u32()?;
    let arch = match r.u8()? {
        0 => None,
        1 => Some(Arch::X86_64),
        2 => Some(Arch::Arm64),
        _ => return Err(r.inconsistent()),
    };
    let cpu_vendors = CpuVendors::from_bits(r.u8()?);
    let gpu = match r.optional()?.map(halves) {
        None => None,
        Some((index, milli)) => {
            let index = u16::try_from(index).map_err(|_| r.inconsistent())?;
            if usize::from(index) >= gpus {
                return Err(r.inconsistent());
            }
            Some(GpuCount {
                gpu: GpuIndex(index),
                milli,
            })
        }
    };
    Ok(InstanceType {
        provider,
        name,
        vcpus_milli,
        memory_mib,
        arch,
        cpu_vendors,
        gpu,
        local_disk_gb: r.optional_u32()?,
    })
}

/// The bases by number.
const BASES: [Basis; 3] = [Basis::Listed, Basis::Derived, Basis::Estimated];

fn source_index(r: &Reader<'_>, at: u8, sources: usize) -> Result<SourceIndex, CatalogError> {
    if usize::from(at) < sources {
        Ok(SourceIndex(at))
    } else {
        Err(r.inconsistent())
    }
}

fn price(r: &mut Reader<'_>, sources: usize) -> Result<Price, CatalogError> {
    let (kind, source, rate) = (r.u8()?, r.u8()?, r.u64()?);
    if let Some(basis) = BASES.get(usize::from(kind)) {
        return Ok(Price::Known(Quote {
            rate: Rate::from_pico_usd(rate),
            source: source_index(r, source, sources)?,
            basis: *basis,
        }));
    }
    let reasons = [
        UnknownReason::NotSold,
        UnknownReason::NotCovered,
        UnknownReason::EmptyInSource,
    ];
    let reason = reasons.get(usize::from(kind - UNKNOWN_KINDS)).copied();
    let reason = reason.ok_or_else(|| r.inconsistent())?;
    Ok(Price::Unknown { reason })
}

/// The instance types of `len` rows that are written as how many each type has.
fn type_column(
    r: &mut Reader<'_>,
    types: usize,
    len: usize,
) -> Result<impl Iterator<Item = TypeIndex> + use<>, CatalogError> {
    let counts: Vec<u32> = r.column_u32(types)?.collect();
    if counts.iter().map(|c| u64::from(*c)).sum::<u64>() != len as u64 {
        return Err(r.inconsistent());
    }
    let counts = (0u16..).zip(counts);
    Ok(counts.flat_map(|(t, n)| std::iter::repeat_n(TypeIndex(t), n as usize)))
}

fn rows(
    r: &mut Reader<'_>,
    types: usize,
    places: usize,
    prices: &[Price],
) -> Result<Vec<Row>, CatalogError> {
    r.part = "rates";
    let len = r.u32()? as usize;
    let type_column = type_column(r, types, len)?;
    let place_column = r.column_u16(len)?;
    let on_demand = r.column_u32(len)?;
    let spot = r.column_u32(len)?;
    let bad = r.inconsistent();
    let mut rows = Vec::with_capacity(len);
    for (((instance_type, place), on_demand), spot) in
        type_column.zip(place_column).zip(on_demand).zip(spot)
    {
        let (Some(on_demand), Some(spot)) =
            (prices.get(on_demand as usize), prices.get(spot as usize))
        else {
            return Err(bad);
        };
        if usize::from(place) >= places {
            return Err(bad);
        }
        rows.push(Row {
            instance_type,
            place: PlaceIndex(place),
            on_demand: *on_demand,
            spot: *spot,
        });
    }
    Ok(rows)
}

fn price_column(
    r: &mut Reader<'_>,
    expected: usize,
    prices: &[Price],
) -> Result<Vec<Price>, CatalogError> {
    r.part = "rates of regions";
    let len = r.u32()? as usize;
    if len != expected {
        return Err(r.inconsistent());
    }
    let column: Vec<u32> = r.column_u32(len)?.collect();
    let prices = column
        .into_iter()
        .map(|at| prices.get(at as usize).copied());
    prices
        .collect::<Option<_>>()
        .ok_or_else(|| r.inconsistent())
}
