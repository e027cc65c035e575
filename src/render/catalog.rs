//! Catalogs as tables and JSON.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use crate::catalog::import::{Imported, Report};
use crate::catalog::search::{Found, Offering};
use crate::catalog::{Basis, Catalog, Price, Quote, SourceInfo};
use crate::units::{Date, Rate};

/// The account of an import for people.
///
/// ```text
/// vms.csv: 56671 rows read, 56600 kept, 71 dropped
///       71  an accelerator that isn't a known GPU
/// ```
#[must_use]
pub fn import_table(imported: &Imported) -> String {
    let mut out = String::new();
    for (name, file) in &imported.report.files {
        let (read, kept) = (file.read, file.kept);
        let dropped: u64 = file.dropped.values().sum();
        _ = writeln!(
            out,
            "{name}: {read} rows read, {kept} kept, {dropped} dropped"
        );
        for (reason, count) in &file.dropped {
            _ = writeln!(out, "  {count:>8}  {reason}");
        }
    }
    if !imported.report.notes.is_empty() {
        _ = writeln!(out, "Noted:");
    }
    for (what, count) in &imported.report.notes {
        _ = writeln!(out, "  {count:>8}  {what}");
    }
    let catalog = &imported.catalog;
    let (name, rows, as_of) = (&catalog.name, catalog.row_count(), catalog.as_of);
    _ = writeln!(out, "Catalog {name}: {rows} rows as of {as_of}.");
    out
}

/// The account of an import for programs.
#[must_use]
pub fn import_json(imported: &Imported) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        format_version: &'static str,
        catalog: &'a str,
        as_of: String,
        sha256: String,
        rows: usize,
        report: &'a Report,
    }
    json(&Json {
        format_version: "1.0",
        catalog: &imported.catalog.name,
        as_of: imported.catalog.as_of.to_string(),
        sha256: imported.catalog.sha256(),
        rows: imported.catalog.row_count(),
        report: &imported.report,
    })
}

/// What `catalog list` says of one catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// `aws`, …
    pub name: String,
    /// Rows in it.
    pub rows: u32,
    /// Two for each row of a provider's catalog; none in the others.
    pub offerings: usize,
    /// Regions with an offering.
    pub regions: usize,
    /// Different GPUs on offer.
    pub gpus: usize,
    /// Day of its oldest main figures.
    pub as_of: Date,
    /// Days since.
    pub age_days: i32,
    /// Digest of its canonical text.
    pub sha256: String,
}

/// Counts what is in each catalog; ages are as of `today`.
#[must_use]
pub fn summaries(catalog: &Catalog, today: Date) -> Vec<Summary> {
    let infos = catalog.infos().iter().map(|info| {
        let (mut rows, mut regions, mut gpus) = (0, BTreeSet::new(), BTreeSet::new());
        for (index, instance_type) in catalog.instance_types() {
            if instance_type.provider.as_str() == info.name {
                let offered = catalog.rows_of(index);
                rows += offered.len();
                regions.extend(offered.iter().map(|r| catalog.place(r.place).region));
                gpus.extend(instance_type.gpu.map(|g| g.gpu));
            }
        }
        Summary {
            name: info.name.clone(),
            rows: info.rows,
            offerings: rows * 2,
            regions: regions.len(),
            gpus: gpus.len(),
            as_of: info.as_of,
            age_days: info.as_of.days_until(today),
            sha256: info.sha256.clone(),
        }
    });
    infos.collect()
}

/// The table of `catalog list`.
///
/// ```text
/// catalog    rows  offerings  regions  GPUs  as of       days old  sha256
/// aws       63850     127700       30    14  2026-03-20       246  3f0c12ab9f00
/// ```
#[must_use]
pub fn list_table(summaries: &[Summary]) -> String {
    let mut out = format!(
        "{:<9} {:>6} {:>10} {:>8} {:>5}  {:<10} {:>9}  sha256\n",
        "catalog", "rows", "offerings", "regions", "GPUs", "as of", "days old"
    );
    let or_dash = |n: usize| match n {
        0 => "-".to_owned(),
        n => n.to_string(),
    };
    for s in summaries {
        let digest: String = s.sha256.chars().take(12).collect();
        _ = writeln!(
            out,
            "{:<9} {:>6} {:>10} {:>8} {:>5}  {:<10} {:>9}  {digest}",
            s.name,
            s.rows,
            or_dash(s.offerings),
            or_dash(s.regions),
            or_dash(s.gpus),
            s.as_of,
            s.age_days
        );
    }
    out
}

/// The catalogs and their sources as JSON.
#[must_use]
pub fn list_json(catalog: &Catalog, summaries: &[Summary]) -> String {
    #[derive(Serialize)]
    struct Source<'a> {
        catalog: &'a str,
        id: &'a str,
        title: &'a str,
        as_of: Date,
        sha256: Option<&'a str>,
    }
    #[derive(Serialize)]
    struct Json<'a> {
        format_version: &'static str,
        catalogs: &'a [Summary],
        sources: Vec<Source<'a>>,
    }
    fn source(info: &SourceInfo) -> Source<'_> {
        Source {
            catalog: &info.catalog,
            id: &info.id,
            title: &info.title,
            as_of: info.as_of,
            sha256: Some(info.sha256.as_str()).filter(|d| !d.is_empty()),
        }
    }
    json(&Json {
        format_version: "1.0",
        catalogs: summaries,
        sources: catalog.sources().iter().map(source).collect(),
    })
}

/// The table of `catalog show`, at most `width` columns wide unless that is too few for numbers.
///
/// ```text
/// instance type             GPUs  where        capacity    USD/h
/// Standard_NC24ads_A100_v4     1  eastus       spot       0.6796
/// ```
#[must_use]
pub fn show_table(catalog: &Catalog, found: &Found, limit: usize, width: usize) -> String {
    let shown = &found.offerings[..limit.min(found.offerings.len())];
    let header = ["instance type", "GPUs", "where", "capacity", "USD/h"];
    let mut lines = vec![header.map(str::to_owned)];
    lines.extend(shown.iter().map(|o| show_cells(catalog, *o)));
    let mut widths = [0; 5];
    for cells in &lines {
        for (widest, cell) in widths.iter_mut().zip(cells) {
            *widest = cell.width().max(*widest);
        }
    }
    // Names give way first: numbers can't be cut.
    let others = widths[1..].iter().sum::<usize>() + 2 * 4;
    widths[0] = widths[0].min(width.saturating_sub(others).max(12));
    let mut out = String::new();
    for [name, gpus, place, capacity, rate] in &lines {
        let name = shorten(name, widths[0]);
        let [a, b, c, d, e] = widths;
        _ = writeln!(
            out,
            "{name:<a$}  {gpus:>b$}  {place:<c$}  {capacity:<d$}  {rate:>e$}"
        );
    }
    let total = found.offerings.len();
    _ = writeln!(out, "{} of {total} offerings shown.", shown.len());
    if found.unpriced > 0 {
        let n = found.unpriced;
        _ = writeln!(
            out,
            "{n} more have no known rate to compare with the highest."
        );
    }
    out.push_str("~ derived from a listed rate, ≈ estimated; see --json for sources and dates.\n");
    out
}

fn show_cells(catalog: &Catalog, offering: Offering) -> [String; 5] {
    let instance_type = catalog.instance_type(offering.instance_type);
    let place = catalog.place(offering.place);
    let region = &catalog.region(place.region).name;
    [
        instance_type.name.clone(),
        instance_type
            .gpu
            .map_or_else(|| "-".to_owned(), |g| thousandths(g.milli)),
        place.zone.as_ref().unwrap_or(region).clone(),
        offering.capacity.to_string(),
        rate_cell(offering.price),
    ]
}

/// Thousandths as a decimal: `8`, `0.167`.
fn thousandths(milli: u32) -> String {
    Rate::from_pico_usd(u64::from(milli) * 1_000_000_000).to_string()
}

/// A rate to four decimals with the mark of its basis.
fn rate_cell(price: Price) -> String {
    const TEN_THOUSANDTH: u64 = 100_000_000;
    match price {
        Price::Unknown { .. } => "unknown".to_owned(),
        Price::Known(Quote { rate, basis, .. }) => {
            let mark = match basis {
                Basis::Listed => "",
                Basis::Derived => "~",
                Basis::Estimated => "≈",
            };
            let rounded = rate.checked_ratio(1, TEN_THOUSANDTH);
            let rounded = rounded.and_then(|r| r.checked_ratio(TEN_THOUSANDTH, 1));
            format!("{mark}{}", rounded.unwrap_or(rate))
        }
    }
}

fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "…"
}

/// The offerings as JSON, with exact rates, their basis, source and day.
#[must_use]
pub fn show_json(catalog: &Catalog, found: &Found, limit: usize) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        format_version: &'static str,
        total: usize,
        unpriced: usize,
        offerings: Vec<OfferingJson<'a>>,
    }
    let offerings = found.offerings.iter().take(limit);
    json(&Json {
        format_version: "1.0",
        total: found.offerings.len(),
        unpriced: found.unpriced,
        offerings: offerings.map(|o| OfferingJson::new(catalog, *o)).collect(),
    })
}

/// One offering as programs see it. A rate that isn't known is `null` and has a reason.
#[derive(Serialize)]
struct OfferingJson<'a> {
    provider: &'static str,
    region: &'a str,
    zone: Option<&'a str>,
    instance_type: &'a str,
    vcpus: String,
    memory_mib: Option<u32>,
    arch: Option<&'static str>,
    gpu: Option<&'a str>,
    gpus: Option<String>,
    capacity: String,
    usd_per_hour: Option<Rate>,
    unknown: Option<&'static str>,
    basis: Option<&'static str>,
    source: Option<&'a str>,
    as_of: Option<Date>,
}

impl<'a> OfferingJson<'a> {
    fn new(catalog: &'a Catalog, offering: Offering) -> Self {
        let instance_type = catalog.instance_type(offering.instance_type);
        let place = catalog.place(offering.place);
        let quote = offering.price.quote();
        let source = quote.map(|q| catalog.source(q.source));
        Self {
            provider: instance_type.provider.as_str(),
            region: &catalog.region(place.region).name,
            zone: place.zone.as_deref(),
            instance_type: &instance_type.name,
            vcpus: thousandths(instance_type.vcpus_milli),
            memory_mib: instance_type.memory_mib,
            arch: instance_type.arch.map(|a| a.as_str()),
            gpu: instance_type.gpu.map(|g| catalog.gpu(g.gpu).name.as_str()),
            gpus: instance_type.gpu.map(|g| thousandths(g.milli)),
            capacity: offering.capacity.to_string(),
            usd_per_hour: quote.map(|q| q.rate),
            unknown: match offering.price {
                Price::Unknown { reason } => Some(reason.as_str()),
                Price::Known(_) => None,
            },
            basis: quote.map(|q| q.basis.as_str()),
            source: source.map(|s| s.title.as_str()),
            as_of: source.map(|s| s.as_of),
        }
    }
}

fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
