//! Catalogs as tables and JSON.

mod show;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

pub use show::{show_json, show_table};

use crate::catalog::import::{Imported, Report};
use crate::catalog::{Catalog, SourceInfo};
use crate::units::Date;

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

fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
