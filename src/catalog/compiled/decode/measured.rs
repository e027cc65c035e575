//! Figures beside rates: interruptions and bandwidth.

use super::{BASES, source_index, type_column};
use crate::catalog::compiled::CatalogError;
use crate::catalog::compiled::wire::Reader;
use crate::catalog::{Bandwidth, Interruption, InterruptionBucket, RegionIndex};

pub(super) fn interruptions(
    r: &mut Reader<'_>,
    types: usize,
    regions: usize,
    sources: usize,
) -> Result<Vec<Interruption>, CatalogError> {
    r.part = "interruptions";
    let len = r.u32()? as usize;
    let type_column = type_column(r, types, len)?;
    let (region_column, buckets, source_column) = (r.column_u16(len)?, r.take(len)?, r.take(len)?);
    let mut all: Vec<Interruption> = Vec::with_capacity(len);
    for (((instance_type, region), bucket), source) in type_column
        .zip(region_column)
        .zip(buckets)
        .zip(source_column)
    {
        let bucket = InterruptionBucket::ALL.get(usize::from(*bucket)).copied();
        let (Some(bucket), true) = (bucket, usize::from(region) < regions) else {
            return Err(r.inconsistent());
        };
        all.push(Interruption {
            instance_type,
            region: RegionIndex(region),
            bucket,
            source: source_index(r, *source, sources)?,
        });
    }
    Ok(all)
}

pub(super) fn bandwidth(
    r: &mut Reader<'_>,
    regions: usize,
    sources: usize,
) -> Result<Vec<Option<Bandwidth>>, CatalogError> {
    let distinct = r.list("bandwidth", |r| {
        let (megabits_per_second, basis, source) = (r.u32()?, r.u8()?, r.u8()?);
        let basis = BASES.get(usize::from(basis)).copied();
        // Planning divides by it.
        let basis = basis.filter(|_| megabits_per_second > 0);
        Ok(Bandwidth {
            megabits_per_second,
            basis: basis.ok_or_else(|| r.inconsistent())?,
            source: source_index(r, source, sources)?,
        })
    })?;
    let len = r.u32()? as usize;
    if len != regions * regions {
        return Err(r.inconsistent());
    }
    let mut matrix = Vec::with_capacity(len);
    for place in r.column_u32(len)? {
        let figure = match (place as usize).checked_sub(1) {
            None => None,
            Some(at) => Some(*distinct.get(at).ok_or_else(|| r.inconsistent())?),
        };
        matrix.push(figure);
    }
    Ok(matrix)
}
