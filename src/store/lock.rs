//! `.mlinfra.lock.hcl`: which catalogs a spec is planned with, by day and digest, so that a plan in
//! CI equals the plan on a laptop.
//!
//! ```hcl
//! catalog "aws" {
//!   as_of  = "2026-03-20"
//!   sha256 = "3f0c…"
//! }
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::catalogs::{cannot_read, write_atomically};
use crate::catalog::Catalog;
use crate::diagnostics::{self, Diagnostic};

/// The lock file's name, in the folder of the spec.
pub const FILE_NAME: &str = ".mlinfra.lock.hcl";

/// Largest lock file that is read: room for hundreds of catalogs. It is parsed before every plan, so
/// a damaged one must not take long.
const MAX_BYTES: u64 = 64 << 10;

/// What a lock file says of the catalogs at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockStatus {
    /// There is no lock file: any catalogs will do.
    Absent,
    /// These are the catalogs that it names.
    Matching,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    #[serde(default)]
    catalog: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    as_of: String,
    sha256: String,
}

impl Entry {
    /// `2026-03-20 (3f0c12ab9f00)`, for messages.
    fn short(&self) -> String {
        let digest: String = self.sha256.chars().take(12).collect();
        format!("{} ({digest})", self.as_of)
    }
}

/// Compares the catalogs at hand with the lock file in the folder of a spec.
///
/// # Errors
///
/// `catalog::lock-mismatch` when they differ; `catalog::lock-malformed` and `cli::cannot-read`
/// when the file can't be understood or read.
pub fn check(spec_dir: &Path, catalog: &Catalog) -> Result<LockStatus, Diagnostic> {
    let path = spec_dir.join(FILE_NAME);
    match read(&path) {
        Ok(text) => check_text(&text, &path, catalog),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(LockStatus::Absent),
        Err(error) => Err(cannot_read(&path, &error)),
    }
}

/// Compares the catalogs at hand with the text of a lock file, which messages call `path`.
///
/// # Errors
///
/// `catalog::lock-mismatch` when they differ, `catalog::lock-malformed` when it can't be understood.
pub fn check_text(text: &str, path: &Path, catalog: &Catalog) -> Result<LockStatus, Diagnostic> {
    let spec_dir = path.parent().unwrap_or(Path::new("."));
    if text.len() as u64 > MAX_BYTES {
        return Err(malformed(spec_dir, path));
    }
    let locked: Lock = hcl::from_str(text).map_err(|_| malformed(spec_dir, path))?;
    let present = entries(catalog);
    if locked.catalog == present {
        return Ok(LockStatus::Matching);
    }
    let names: std::collections::BTreeSet<&String> =
        locked.catalog.keys().chain(present.keys()).collect();
    let mut detail = format!(
        "`{}` names other catalogs than those at hand:\n",
        path.display()
    );
    for name in names {
        let (locked, present) = (locked.catalog.get(name), present.get(name));
        if locked != present {
            let show = |e: Option<&Entry>| e.map_or_else(|| "none".to_owned(), Entry::short);
            let (locked, present) = (show(locked), show(present));
            _ = writeln!(detail, "  {name}: locked {locked}, at hand {present}");
        }
    }
    detail.push_str("A plan made with other prices isn't the plan that was reviewed.");
    Err(Diagnostic::error(&diagnostics::catalog::LOCK_MISMATCH)
        .detail(detail)
        .hint_command(
            "To plan with the catalogs at hand from now on, run:",
            command(spec_dir),
        ))
}

/// Writes the lock file of the catalogs at hand into the folder of a spec and returns its path.
///
/// # Errors
///
/// `cli::cannot-write`.
pub fn write(spec_dir: &Path, catalog: &Catalog) -> Result<PathBuf, Diagnostic> {
    let path = spec_dir.join(FILE_NAME);
    write_atomically(&path, print(catalog).as_bytes())?;
    Ok(path)
}

/// The canonical text of the lock file of these catalogs.
#[must_use]
pub fn print(catalog: &Catalog) -> String {
    let mut out =
        "# The catalogs that this spec is planned with. Written by `mlinfra catalog lock`.\n"
            .to_owned();
    for (name, entry) in entries(catalog) {
        let Entry { as_of, sha256 } = entry;
        _ = write!(
            out,
            "\ncatalog \"{name}\" {{\n  as_of  = \"{as_of}\"\n  sha256 = \"{sha256}\"\n}}\n"
        );
    }
    out
}

/// The file's text, or a little more of it than is allowed.
fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn entries(catalog: &Catalog) -> BTreeMap<String, Entry> {
    let infos = catalog.infos().iter().map(|info| {
        let entry = Entry {
            as_of: info.as_of.to_string(),
            sha256: info.sha256.clone(),
        };
        (info.name.clone(), entry)
    });
    infos.collect()
}

fn command(spec_dir: &Path) -> String {
    format!("mlinfra catalog lock {}", spec_dir.display())
}

fn malformed(spec_dir: &Path, path: &Path) -> Diagnostic {
    Diagnostic::error(&diagnostics::catalog::LOCK_MALFORMED)
        .detail(format!(
            "`{}` isn't a list of `catalog` blocks with `as_of` and `sha256`.",
            path.display()
        ))
        .hint_command("To write it again, run:", command(spec_dir))
}
