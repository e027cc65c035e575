//! Parts → bytes.

use std::collections::BTreeSet;

use super::wire::Writer;
use super::{HEADER, MAGIC, VERSION};
use crate::catalog::{Bandwidth, CatalogParts, Price, Quote, Row};

/// Writes the parts in the compiled form. Equal parts give equal bytes.
#[must_use]
pub fn encode(parts: &CatalogParts) -> Vec<u8> {
    let body = body(parts);
    let mut out = Vec::with_capacity(HEADER + body.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(body.len() as u64).to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    out.extend_from_slice(&body);
    out
}

fn body(parts: &CatalogParts) -> Vec<u8> {
    let mut w = Writer::default();
    infos(&mut w, parts);
    gpus(&mut w, parts);
    places(&mut w, parts);
    types(&mut w, parts);
    let prices = Prices::collect(parts);
    prices.write(&mut w);
    rows(&mut w, parts, &prices);
    for column in region_columns(parts) {
        w.len(column.len());
        for price in column {
            w.len(prices.place(*price));
        }
    }
    interruptions(&mut w, parts);
    bandwidth(&mut w, parts);
    w.0
}

/// The lists of rates of regions, in the order of the file.
fn region_columns(parts: &CatalogParts) -> [&Vec<Price>; 4] {
    [
        &parts.transfer,
        &parts.egress,
        &parts.storage,
        &parts.between_zones,
    ]
}

fn infos(w: &mut Writer, parts: &CatalogParts) {
    w.len(parts.infos.len());
    for info in &parts.infos {
        w.text(&info.name);
        w.0.extend_from_slice(&info.as_of.days_since_epoch().to_le_bytes());
        w.text(&info.sha256);
        w.u32(info.rows);
    }
    w.len(parts.sources.len());
    for source in &parts.sources {
        w.text(&source.catalog);
        w.text(&source.id);
        w.text(&source.title);
        w.0.extend_from_slice(&source.as_of.days_since_epoch().to_le_bytes());
        w.text(&source.sha256);
    }
}

fn gpus(w: &mut Writer, parts: &CatalogParts) {
    w.len(parts.gpus.len());
    for gpu in &parts.gpus {
        w.text(&gpu.name);
        w.text(&gpu.architecture);
        let capability = gpu.compute_capability;
        w.optional(capability.map(|(major, minor)| u64::from(major) << 32 | u64::from(minor)));
        w.optional(gpu.memory_mib.map(u64::from));
        w.optional(gpu.observed_usable_mib.map(u64::from));
        w.optional(gpu.bandwidth_milli_gb_s);
        w.optional(gpu.tensor_milli_tflops);
        // No product's name is empty, so that an empty one can stand for none.
        w.text(gpu.product.as_deref().unwrap_or_default());
        w.optional(gpu.slice.as_ref().map(|s| s.per_card.into()));
        w.text(gpu.slice.as_ref().map_or("", |s| &s.card));
        w.text(&gpu.public_cloud);
    }
}

fn places(w: &mut Writer, parts: &CatalogParts) {
    w.len(parts.regions.len());
    for region in &parts.regions {
        w.u8(region.provider as u8);
        w.text(&region.name);
        w.text(&region.country);
        w.text(&region.city);
    }
    w.len(parts.places.len());
    for place in &parts.places {
        w.u16(place.region.0);
        w.u8(u8::from(place.zone.is_some()));
        w.text(place.zone.as_deref().unwrap_or_default());
    }
}

fn types(w: &mut Writer, parts: &CatalogParts) {
    w.len(parts.instance_types.len());
    for instance_type in &parts.instance_types {
        w.u8(instance_type.provider as u8);
        w.text(&instance_type.name);
        w.u32(instance_type.vcpus_milli);
        w.optional(instance_type.memory_mib.map(u64::from));
        w.u8(instance_type.arch.map_or(0, |a| a as u8 + 1));
        w.u8(instance_type.cpu_vendors.bits());
        let gpu = instance_type.gpu;
        w.optional(gpu.map(|g| u64::from(g.gpu.0) << 32 | u64::from(g.milli)));
        w.optional(instance_type.local_disk_gb.map(u64::from));
    }
}

/// Columns of the rows; rows stand by instance type, so that column is written as counts.
fn rows(w: &mut Writer, parts: &CatalogParts, prices: &Prices) {
    let mut counts = vec![0u32; parts.instance_types.len()];
    for row in &parts.rows {
        counts[usize::from(row.instance_type.0)] += 1;
    }
    w.len(parts.rows.len());
    counts.into_iter().for_each(|c| w.u32(c));
    parts.rows.iter().for_each(|r| w.u16(r.place.0));
    let columns: [fn(&Row) -> Price; 2] = [|r| r.on_demand, |r| r.spot];
    for column in columns {
        for row in &parts.rows {
            w.len(prices.place(column(row)));
        }
    }
}

/// Like the rows, interruptions stand by instance type.
fn interruptions(w: &mut Writer, parts: &CatalogParts) {
    let all = &parts.interruptions;
    let mut counts = vec![0u32; parts.instance_types.len()];
    for interruption in all {
        counts[usize::from(interruption.instance_type.0)] += 1;
    }
    w.len(all.len());
    counts.into_iter().for_each(|c| w.u32(c));
    all.iter().for_each(|i| w.u16(i.region.0));
    all.iter().for_each(|i| w.u8(i.bucket as u8));
    all.iter().for_each(|i| w.u8(i.source.0));
}

/// The distinct figures, then the square table of places in that list, 0 where there is none.
fn bandwidth(w: &mut Writer, parts: &CatalogParts) {
    let distinct: BTreeSet<Bandwidth> = parts.bandwidth.iter().copied().flatten().collect();
    let distinct: Vec<Bandwidth> = distinct.into_iter().collect();
    w.len(distinct.len());
    for figure in &distinct {
        w.u32(figure.megabits_per_second);
        w.u8(figure.basis as u8);
        w.u8(figure.source.0);
    }
    w.len(parts.bandwidth.len());
    for figure in &parts.bandwidth {
        let place = figure.map(|f| distinct.partition_point(|d| *d < f) + 1);
        w.len(place.unwrap_or(0));
    }
}

/// A price as the numbers that are written; sorts, so that each stands once and in order.
pub(super) type PriceKey = (u8, u8, u64);

/// The distinct prices.
struct Prices(Vec<PriceKey>);

impl Prices {
    fn collect(parts: &CatalogParts) -> Self {
        let of_rows = parts.rows.iter().flat_map(|r| [r.on_demand, r.spot]);
        let of_regions = region_columns(parts).into_iter().flatten().copied();
        let all: BTreeSet<PriceKey> = of_rows.chain(of_regions).map(key).collect();
        Self(all.into_iter().collect())
    }

    fn place(&self, price: Price) -> usize {
        self.0.partition_point(|k| *k < key(price))
    }

    fn write(&self, w: &mut Writer) {
        w.len(self.0.len());
        for (kind, source, rate) in &self.0 {
            w.u8(*kind);
            w.u8(*source);
            w.u64(*rate);
        }
    }
}

/// How many kinds of known prices there are before the kinds of unknown ones.
pub(super) const UNKNOWN_KINDS: u8 = 3;

fn key(price: Price) -> PriceKey {
    match price {
        Price::Known(Quote {
            rate,
            source,
            basis,
        }) => (basis as u8, source.0, rate.pico_usd()),
        Price::Unknown { reason } => (UNKNOWN_KINDS + reason as u8, 0, 0),
    }
}
