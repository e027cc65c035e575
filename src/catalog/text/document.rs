//! A catalog's manifest and tables as text, without knowing what the columns mean.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::tables;
use crate::catalog::SourceInfo;
use crate::units::Date;

/// The version of the text form that this program reads and writes.
const VERSION: &str = "1";
/// The manifest's name in a catalog's folder.
const MANIFEST: &str = "catalog.tsv";

/// The files of one catalog's folder by their path in it, with `/` between parts.
pub type TextFiles = BTreeMap<String, String>;

/// What is wrong with a text catalog.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A line doesn't have the form that its file needs.
    #[error("`{file}`: {message}; the line is `{row}`")]
    Malformed {
        /// Catalog and path.
        file: String,
        /// The line, with tabs.
        row: String,
        /// What is wrong with it.
        message: String,
    },
    /// A file that must be there isn't.
    #[error("`{file}` is missing")]
    MissingFile {
        /// Catalog and path.
        file: String,
    },
    /// A table stands in the folder but not in the manifest, or under a name with no meaning.
    #[error("`{file}` isn't listed in the catalog's manifest")]
    Unlisted {
        /// Catalog and path.
        file: String,
    },
    /// A table isn't the one that the manifest describes.
    #[error("`{file}` has digest {found}, but the manifest says {expected}")]
    DigestMismatch {
        /// Catalog and path.
        file: String,
        /// The manifest's, shortened.
        expected: String,
        /// That of the rows, shortened.
        found: String,
    },
    /// The text form is of a version that this program doesn't know.
    #[error("`{file}` has version {found} of the text form; this program knows version 1")]
    Version {
        /// Catalog and path.
        file: String,
        /// What it says.
        found: String,
    },
}

/// Whether the digests of a manifest are checked or made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digests {
    /// Rows must match the manifest.
    Check,
    /// The manifest is about to be written again, as after an edit by hand.
    Renew,
}

/// One catalog: its manifest and the rows of its tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextCatalog {
    /// `aws`, `azure`, `gcp`, `lambda`, `bandwidth`, `gpus`, `regions`, `spot`, `storage`,
    /// `transfer`.
    pub name: String,
    /// The day of its oldest main figures.
    pub as_of: Date,
    /// Where its figures come from, by id.
    pub sources: Vec<SourceInfo>,
    /// Rows of each table by path, sorted; cells are separated by tabs.
    pub tables: BTreeMap<String, Vec<String>>,
}

impl TextCatalog {
    /// A catalog without rows.
    #[must_use]
    pub fn new(name: impl Into<String>, as_of: Date) -> Self {
        Self {
            name: name.into(),
            as_of,
            sources: Vec::new(),
            tables: BTreeMap::new(),
        }
    }

    /// Adds a row to a table; [`Self::sort`] must follow the last one.
    pub fn push(&mut self, path: &str, row: String) {
        if let Some(rows) = self.tables.get_mut(path) {
            rows.push(row);
        } else {
            self.tables.insert(path.to_owned(), vec![row]);
        }
    }

    /// Puts sources and rows in their canonical order. Tabs sort before every other character of
    /// a row, so lines in byte order are rows in the order of their cells.
    pub fn sort(&mut self) {
        self.sources.sort_by(|a, b| a.id.cmp(&b.id));
        for rows in self.tables.values_mut() {
            rows.sort_unstable();
        }
    }

    /// Reads the files of a catalog's folder.
    ///
    /// # Errors
    ///
    /// [`TextError`] for the first file that is missing, unlisted, or isn't of the right form.
    pub fn parse(files: &TextFiles, folder: &str, digests: Digests) -> Result<Self, TextError> {
        let manifest_name = format!("{folder}/{MANIFEST}");
        let text = files.get(MANIFEST).ok_or(TextError::MissingFile {
            file: manifest_name.clone(),
        })?;
        let (mut catalog, listed) = Manifest::new(&manifest_name).read(text)?;
        for path in files.keys().filter(|p| *p != MANIFEST) {
            let unlisted = digests == Digests::Check && !listed.contains_key(path);
            if unlisted || tables::header(path).is_none() {
                let file = format!("{folder}/{path}");
                return Err(TextError::Unlisted { file });
            }
            let rows = table_rows(&files[path]);
            catalog.tables.insert(path.clone(), rows);
        }
        catalog.sort();
        if digests == Digests::Check {
            catalog.check(&listed, folder)?;
        }
        Ok(catalog)
    }

    fn check(&self, listed: &BTreeMap<String, String>, folder: &str) -> Result<(), TextError> {
        for (path, expected) in listed {
            let file = format!("{folder}/{path}");
            let Some(rows) = self.tables.get(path) else {
                return Err(TextError::MissingFile { file });
            };
            let found = sha256_hex(print_table(path, rows).as_bytes());
            if found != *expected {
                return Err(TextError::DigestMismatch {
                    file,
                    expected: shorten(expected),
                    found: shorten(&found),
                });
            }
        }
        Ok(())
    }

    /// The canonical text of every file, the manifest among them.
    #[must_use]
    pub fn print(&self) -> TextFiles {
        let mut files = TextFiles::new();
        for (path, rows) in &self.tables {
            files.insert(path.clone(), print_table(path, rows));
        }
        files.insert(MANIFEST.to_owned(), self.manifest(&files));
        files
    }

    /// sha-256 of the canonical manifest, which names every table by digest.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256_hex(self.print()[MANIFEST].as_bytes())
    }

    /// Rows that are figures of their own: rates where there are any, else all.
    #[must_use]
    pub fn row_count(&self) -> usize {
        let count = |rates: bool| -> usize {
            let tables = self.tables.iter();
            tables
                .filter(|(path, _)| path.starts_with("rates/") == rates)
                .map(|(_, rows)| rows.len())
                .sum()
        };
        match count(true) {
            0 => count(false),
            rates => rates,
        }
    }

    fn manifest(&self, files: &TextFiles) -> String {
        let mut out = format!("mlinfra-catalog\t{VERSION}\nname\t{}\n", self.name);
        _ = writeln!(out, "as-of\t{}", self.as_of);
        for source in &self.sources {
            let digest = if source.sha256.is_empty() {
                "-"
            } else {
                &source.sha256
            };
            _ = writeln!(
                out,
                "source\t{}\t{}\t{digest}\t{}",
                source.id, source.as_of, source.title
            );
        }
        for (path, text) in files {
            let rows = self.tables.get(path).map_or(0, Vec::len);
            _ = writeln!(out, "file\t{path}\t{rows}\t{}", sha256_hex(text.as_bytes()));
        }
        out
    }
}

/// Reads manifests: what is needed to say where something is wrong.
struct Manifest<'a> {
    file: &'a str,
}

impl<'a> Manifest<'a> {
    const fn new(file: &'a str) -> Self {
        Self { file }
    }

    fn bad(&self, row: &str, message: impl Into<String>) -> TextError {
        TextError::Malformed {
            file: self.file.to_owned(),
            row: row.to_owned(),
            message: message.into(),
        }
    }

    fn date(&self, row: &str, text: &str) -> Result<Date, TextError> {
        Date::parse(text).map_err(|e| self.bad(row, e.to_string()))
    }

    /// The manifest without tables, and the listed digests by path.
    fn read(&self, text: &str) -> Result<(TextCatalog, BTreeMap<String, String>), TextError> {
        let (mut version, mut name, mut as_of) = (None, None, None);
        let (mut sources, mut listed) = (Vec::new(), BTreeMap::new());
        for row in lines(text) {
            let cells: Vec<&str> = row.split('\t').collect();
            match cells.as_slice() {
                ["mlinfra-catalog", v] => version = Some((*v).to_owned()),
                ["name", n] => name = Some((*n).to_owned()),
                ["as-of", date] => as_of = Some(self.date(row, date)?),
                ["source", id, date, digest, title] => sources.push(SourceInfo {
                    catalog: String::new(),
                    id: (*id).to_owned(),
                    title: (*title).to_owned(),
                    as_of: self.date(row, date)?,
                    sha256: digest.trim_matches('-').to_owned(),
                }),
                ["file", path, _rows, digest] => {
                    listed.insert((*path).to_owned(), (*digest).to_owned());
                }
                _ => return Err(self.bad(row, "no such line in a manifest")),
            }
        }
        if version.as_deref() != Some(VERSION) {
            return Err(TextError::Version {
                file: self.file.to_owned(),
                found: version.unwrap_or_else(|| "none".to_owned()),
            });
        }
        let name = name.ok_or_else(|| self.bad("", "there is no `name` line"))?;
        let as_of = as_of.ok_or_else(|| self.bad("", "there is no `as-of` line"))?;
        for source in &mut sources {
            source.catalog.clone_from(&name);
        }
        let catalog = TextCatalog {
            sources,
            ..TextCatalog::new(name, as_of)
        };
        Ok((catalog, listed))
    }
}

/// sha-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        _ = write!(out, "{byte:02x}");
    }
    out
}

fn shorten(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// The lines that say something: no comments, no empty ones.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|l| l.strip_suffix('\r').unwrap_or(l))
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
}

fn table_rows(text: &str) -> Vec<String> {
    lines(text).map(str::to_owned).collect()
}

fn print_table(path: &str, rows: &[String]) -> String {
    let header = tables::header(path).unwrap_or_default();
    let size = rows.iter().map(|r| r.len() + 1).sum::<usize>();
    let mut out = String::with_capacity(size + 100);
    _ = writeln!(out, "# {header}");
    for row in rows {
        out.push_str(row);
        out.push('\n');
    }
    out
}
