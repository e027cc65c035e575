//! Blobs as files of a folder.
//!
//! A write locks the folder, looks whether its condition holds, writes a temporary file, and renames
//! it over the old one; file and folder are flushed to disk in between. The lock is the operating
//! system's, so it ends with the process that holds it, however that ends.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::{Blob, BlobError, Blobs, Reply, Version, When};

/// The file that is locked while a blob is written; blobs can't have that name.
const LOCK: &str = ".lock";

/// What is being written.
const NEXT: &str = ".next";

/// A folder of blobs.
#[derive(Debug, Clone)]
pub struct Local {
    folder: PathBuf,
}

impl Local {
    /// Blobs in a folder, which is made when the first is written.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Where a blob is; refuses names that lead elsewhere.
    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let plain = |part: &str| {
            let simple = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(simple)
        };
        if name.split('/').all(plain) {
            Ok(self.folder.join(name))
        } else {
            let message = "a blob's name has letters, digits, `-`, `_`, `.` and `/` alone";
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        }
    }

    /// Waits until nobody else writes in the folder.
    fn locked(&self) -> io::Result<File> {
        make_folder(&self.folder)?;
        let path = self.folder.join(LOCK);
        if !path.exists() {
            self.keep_out_of_git()?;
        }
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path)?;
        file.lock()?;
        Ok(file)
    }

    /// A state is no source: two branches with states of their own would undo each other's objects.
    fn keep_out_of_git(&self) -> io::Result<()> {
        let path = self.folder.join(".gitignore");
        match OpenOptions::new().create_new(true).write(true).open(path) {
            Ok(mut file) => file.write_all(b"*\n"),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes a blob, and folders that have nothing in them then.
    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name)?;
        let lock = self.locked()?;
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        }
        let mut folder = path.parent().unwrap_or(Path::new("."));
        while folder != self.folder && std::fs::remove_dir(folder).is_ok() {
            folder = folder.parent().unwrap_or(&self.folder);
        }
        flush_folder(folder)?;
        drop(lock);
        Ok(())
    }

    fn read(&self, name: &str) -> io::Result<Option<Blob>> {
        match std::fs::read(self.path(name)?) {
            Ok(bytes) => Ok(Some(Blob {
                version: Version::of(&bytes),
                bytes,
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, name: &str, bytes: &[u8], when: &When) -> Result<Version, BlobError> {
        let failed = |error: io::Error| failed(name, &error);
        let path = self.path(name).map_err(failed)?;
        let lock = self.locked().map_err(failed)?;
        let holds = match when {
            When::Always => true,
            When::Absent => self.read(name).map_err(failed)?.is_none(),
            When::Is(version) => {
                let now = self.read(name).map_err(failed)?;
                now.is_some_and(|blob| blob.version == *version)
            }
        };
        if !holds {
            let name = name.to_owned();
            return Err(BlobError::Conflict { name });
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        make_folder(folder).map_err(failed)?;
        self.replace(&path, bytes).map_err(failed)?;
        // It is there, but it isn't certain that it outlasts a crash of the machine.
        flush_folder(folder).map_err(|error| BlobError::Unknown {
            name: name.to_owned(),
            message: error.to_string(),
        })?;
        drop(lock);
        Ok(Version::of(bytes))
    }

    /// Puts a file in the place of another, whole or not at all. What is being written has one name
    /// for all: only who has the lock writes it, and what a dead process left is written over.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let next = self.folder.join(NEXT);
        let mut options = OpenOptions::new();
        let options = options.create(true).truncate(true).write(true).mode(0o600);
        let mut file = options.open(&next)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&next, path)
    }

    fn names(&self, prefix: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        collect(&self.folder, "", &mut names)?;
        names.retain(|name| name.starts_with(prefix));
        names.sort_unstable();
        Ok(names)
    }
}

/// Makes a folder, and those above it that there aren't, for this user alone.
fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A rename lasts when its folder is on disk.
fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn collect(folder: &Path, within: &str, names: &mut Vec<String>) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{within}{name}/"), names)?;
        } else {
            names.push(format!("{within}{name}"));
        }
    }
    Ok(())
}

fn failed(name: &str, error: &io::Error) -> BlobError {
    BlobError::Failed {
        name: name.to_owned(),
        message: error.to_string(),
    }
}

impl Blobs for Local {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        Box::pin(async move { self.read(name).map_err(|error| failed(name, &error)) })
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        Box::pin(async move { self.write(name, bytes, when) })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        Box::pin(async move { self.names(prefix).map_err(|error| failed(prefix, &error)) })
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        Box::pin(async move {
            let removed = self.remove(name);
            removed.map_err(|error| failed(name, &error))
        })
    }
}
