//! Catalogs as tables and JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::catalog::import::{Imported, Report};

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

fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
