//! What became of the rows of each imported file.

use std::collections::BTreeMap;

use serde::Serialize;

/// The account of one import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// By file name.
    pub files: BTreeMap<String, FileReport>,
    /// What else is worth knowing, with how often: `rates derived from a reference size`.
    pub notes: BTreeMap<&'static str, u64>,
}

/// The account of one file: `read = kept + Σ dropped`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Rows below the header.
    pub read: u64,
    /// Rows that the catalog uses.
    pub kept: u64,
    /// Rows that it doesn't use, by reason.
    pub dropped: BTreeMap<&'static str, u64>,
}

impl FileReport {
    /// Counts a row that is used.
    pub(super) fn keep(&mut self) {
        self.read += 1;
        self.kept += 1;
    }

    /// Counts a row that isn't used.
    pub(super) fn drop(&mut self, reason: &'static str) {
        self.read += 1;
        *self.dropped.entry(reason).or_default() += 1;
    }
}

impl Report {
    /// The account of a file.
    pub(super) fn file(&mut self, name: &str) -> &mut FileReport {
        self.files.entry(name.to_owned()).or_default()
    }

    /// Counts something worth knowing.
    pub(super) fn note(&mut self, what: &'static str) {
        *self.notes.entry(what).or_default() += 1;
    }
}
