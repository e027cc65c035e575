//! Catalogs: from published sheets to the rows that planning reads, and the commands around them.

mod commands;
mod defects;
mod files;
mod measured;
mod real;
mod texts;
mod traced;

use std::collections::BTreeMap;

use mlinfra::catalog::import::{Format, Imported, Input, import};
use mlinfra::units::Date;

/// Imports small sheets, all as of 2026-05-20.
#[track_caller]
fn imported(format: Format, files: &[(&str, &str)]) -> Imported {
    import(format, &input(files)).unwrap()
}

fn input(files: &[(&str, &str)]) -> Input {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
    Input {
        files: files.collect(),
        as_of: BTreeMap::new(),
        default_as_of: Some(Date::parse("2026-05-20").unwrap()),
    }
}

/// The rows of a table as text.
#[track_caller]
fn table(imported: &Imported, path: &str) -> String {
    imported.catalog.tables[path].join("\n")
}

/// `read kept reason=count…` of a file.
#[track_caller]
fn account(imported: &Imported, file: &str) -> String {
    let report = &imported.report.files[file];
    let mut out = format!("{} {}", report.read, report.kept);
    for (reason, count) in &report.dropped {
        out.push_str(&format!(" {reason}={count}"));
    }
    assert_eq!(
        report.read,
        report.kept + report.dropped.values().sum::<u64>(),
        "{file}"
    );
    out
}
