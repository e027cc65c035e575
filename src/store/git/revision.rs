use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::objects::Objects;
use super::program::{failed, run};
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, cli, diff, spec};
use crate::store::spec_files::{self, MAX_FILES, SUFFIX};

/// Most bytes of a file that a spec names. Files of a spec have a limit of their own below it.
const MOST: u64 = 1 << 20;

/// Most bytes of all files of a folder of catalogs together.
const MOST_CATALOGS: u64 = 512 << 20;

/// All that a commit has.
#[derive(Debug)]
pub struct Revision {
    root: PathBuf,
    commit: String,
    /// By path, with `/`.
    files: BTreeMap<String, Entry>,
    objects: Mutex<Option<Objects>>,
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Link,
}

impl Revision {
    pub(super) fn read(root: &Path, commit: &str) -> Result<Self, Diagnostic> {
        let output = run(root, ["ls-tree", "-r", "-z", "--full-tree", commit])?;
        if !output.status.success() {
            return Err(failed("The files of a commit can't be listed", &output));
        }
        let entries = output.stdout.split(|byte| *byte == 0);
        // What isn't text can't be named on a command line or in a message either.
        let entries = entries.filter_map(|entry| std::str::from_utf8(entry).ok());
        Ok(Self {
            root: root.to_owned(),
            commit: commit.to_owned(),
            files: entries.filter_map(entry).collect(),
            objects: Mutex::new(None),
        })
    }

    /// The commit.
    #[must_use]
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The paths of all files, with `/`.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// What messages call a file: as `git show` takes it.
    #[must_use]
    pub fn name(&self, path: &str) -> String {
        let short = self.commit.get(..12).unwrap_or(&self.commit);
        format!("{short}:{path}")
    }

    /// The bytes of a file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// `diff::not-usable` for a link, a file that is kept elsewhere or a file that is too large; and
    /// `diff::git-failed`.
    pub fn bytes(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, Diagnostic> {
        let Some(entry) = self.files.get(path) else {
            return Ok(None);
        };
        let unusable = |why: &str| {
            let detail = format!("`{}` {why}.", self.name(path));
            Diagnostic::error(&diff::NOT_USABLE).detail(detail)
        };
        if entry.kind == Kind::Link {
            return Err(unusable(
                "is a symbolic link, and links aren't followed in a revision",
            ));
        }
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = match &mut *objects {
            Some(reader) => reader,
            none => none.insert(Objects::start(&self.root)?),
        };
        let bytes = reader.blob(&entry.id, most)?;
        let bytes = bytes.ok_or_else(|| unusable(&format!("has more than {most} bytes")))?;
        if bytes.starts_with(b"version https://git-lfs.github.com/spec/") {
            return Err(unusable(
                "is kept in Git LFS, and the revision has only a pointer to it",
            ));
        }
        Ok(Some(bytes))
    }

    /// A text file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Those of [`Revision::bytes`], `spec::too-large` and `spec::invalid-utf8`.
    pub fn text(&self, path: &str) -> Result<Option<String>, Diagnostic> {
        let bytes = self.bytes(path, MOST)?;
        let text = bytes.map(|bytes| spec_files::decode(&self.name(path), bytes));
        text.transpose()
    }

    /// The files of a spec: a file, or all spec files directly in a folder, by name.
    ///
    /// # Errors
    ///
    /// Those of [`Revision::text`], and `spec::no-spec-files`.
    pub fn spec(&self, path: &str) -> Result<Sources, Diagnostics> {
        let (mut sources, mut problems) = (Sources::new(), Diagnostics::new());
        let files = self.files.keys();
        let of_spec = files.filter(|file| *file == path || spec_of(file) == Some(folder(path)));
        for (n, file) in of_spec.enumerate() {
            if n == MAX_FILES {
                let name = self.name(path);
                let detail =
                    format!("{name} holds more than {MAX_FILES} spec files, the most of a spec.");
                return Err(Diagnostic::error(&spec::TOO_LARGE).detail(detail).into());
            }
            match self.text(file) {
                Ok(text) => drop(sources.add(self.name(file), text.unwrap_or_default())),
                Err(diagnostic) => problems.push(diagnostic),
            }
        }
        if problems.is_empty() && sources.iter().next().is_none() {
            let detail = format!("There is no file `*{SUFFIX}` in `{}`.", self.name(path));
            problems.push(Diagnostic::error(&spec::NO_SPEC_FILES).detail(detail));
        }
        if problems.is_empty() {
            Ok(sources)
        } else {
            Err(problems)
        }
    }

    /// Reads a file for `file("x")`: inside of the spec's folder only.
    ///
    /// # Errors
    ///
    /// Why not, in a sentence.
    pub fn beside(&self, folder: &str, path: &str) -> Result<String, String> {
        let names: Vec<&str> = path.split('/').filter(|name| *name != ".").collect();
        if path.starts_with('/') || names.contains(&"..") || path.is_empty() {
            return Err(format!(
                "`{path}` is outside of the spec's folder, and only files in it can be read."
            ));
        }
        let inside = names.join("/");
        let whole = if folder.is_empty() {
            inside
        } else {
            format!("{folder}/{inside}")
        };
        match self.text(&whole) {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err(format!(
                "`{path}` can't be read: there is no such file in {}.",
                self.name(folder)
            )),
            Err(diagnostic) => Err(format!("`{path}` can't be read: {}", diagnostic.detail)),
        }
    }

    /// Writes all files below a path into a folder; whether there were any.
    ///
    /// # Errors
    ///
    /// Those of [`Revision::bytes`], and `cli::cannot-write`.
    pub fn extract(&self, below: &str, into: &Path) -> Result<bool, Diagnostic> {
        let mut left = MOST_CATALOGS;
        let mut found = false;
        for path in self.files.keys() {
            let inside = match path.strip_prefix(below) {
                Some("") => path.rsplit('/').next(),
                Some(rest) if below.is_empty() => Some(rest),
                Some(rest) => rest.strip_prefix('/'),
                None => None,
            };
            let Some(inside) = inside.filter(|inside| is_plain(inside)) else {
                continue;
            };
            let bytes = self.bytes(path, left)?.unwrap_or_default();
            left = left.saturating_sub(bytes.len() as u64);
            let target = into.join(inside);
            let parent = target.parent().unwrap_or(into);
            let written =
                std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&target, bytes));
            written.map_err(|error| {
                let detail = format!("`{}` can't be written: {error}.", target.display());
                Diagnostic::error(&cli::CANNOT_WRITE).detail(detail)
            })?;
            found = true;
        }
        Ok(found)
    }
}

/// Whether a path stays below where it is put: git refuses to make others, but a repository can be
/// made without git.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|name| !matches!(name, "" | "." | ".."))
}

/// `mode type id<tab>path`.
fn entry(line: &str) -> Option<(String, Entry)> {
    let (head, path) = line.split_once('\t')?;
    let mut words = head.split(' ');
    let (mode, kind, id) = (words.next()?, words.next()?, words.next()?);
    // The rest are submodules: what is in them is no part of this repository.
    let kind = match (kind, mode) {
        ("blob", "120000") => Kind::Link,
        ("blob", _) => Kind::File,
        _ => return None,
    };
    let id = id.to_owned();
    Some((path.to_owned(), Entry { kind, id }))
}

/// The folder whose spec a file is part of; empty for the root.
#[must_use]
pub fn spec_of(file: &str) -> Option<&str> {
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    // Editors keep their own copies as hidden files.
    (name.ends_with(SUFFIX) && !name.starts_with('.')).then_some(folder)
}

/// `.` is how people name the root.
fn folder(path: &str) -> &str {
    if path == "." { "" } else { path }
}
