//! Where a cloud is kept: in a folder, or in memory.
//!
//! In a folder every change is made under a lock that the system drops when its holder dies, on a
//! copy that replaces the file in one step. Whoever reads sees the file before a change or after it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::cloud::{Cloud, FORMAT_VERSION};
use crate::error::SandboxError;
use crate::script::Script;

const FILE: &str = "cloud.json";
/// One name for all: only the holder of the lock writes it, and what a dead one left is written over.
const NEXT_FILE: &str = "cloud.json.next";
const LOCK: &str = "cloud.lock";
const SCRIPT: &str = "script.json";

/// Where a cloud is kept.
#[derive(Debug)]
pub(crate) enum Place {
    Folder { path: PathBuf, synced: bool },
    Memory(Box<Mutex<Cloud>>),
}

impl Place {
    /// A folder, which is made if it isn't there.
    pub(crate) fn folder(path: &Path) -> Result<Self, SandboxError> {
        fs::create_dir_all(path).map_err(io("create", path))?;
        Ok(Self::Folder {
            path: path.to_owned(),
            synced: true,
        })
    }

    /// Looks at the cloud as it is.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Cloud) -> T) -> Result<T, SandboxError> {
        match self {
            Self::Folder { path, .. } => Ok(look(&read(&path.join(FILE))?)),
            Self::Memory(cloud) => Ok(look(&cloud.lock().unwrap_or_else(PoisonError::into_inner))),
        }
    }

    /// Changes the cloud, unless `change` fails.
    pub(crate) fn change<T, E: From<SandboxError>>(
        &self,
        change: impl FnOnce(&mut Cloud) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Folder { path, synced } => {
                let _lock = lock(&path.join(LOCK))?;
                let before = read(&path.join(FILE))?;
                let (after, result) = changed(&before, change)?;
                if after != before {
                    replace(path, &after, *synced)?;
                }
                Ok(result)
            }
            Self::Memory(cloud) => {
                let mut cloud = cloud.lock().unwrap_or_else(PoisonError::into_inner);
                let (after, result) = changed(&cloud, change)?;
                *cloud = after;
                Ok(result)
            }
        }
    }
}

fn changed<T, E>(
    before: &Cloud,
    change: impl FnOnce(&mut Cloud) -> Result<T, E>,
) -> Result<(Cloud, T), E> {
    let mut after = before.clone();
    let result = change(&mut after)?;
    if after != *before {
        after.serial = before.serial.saturating_add(1);
    }
    Ok((after, result))
}

/// The script in a folder; the empty one if there is none.
pub(crate) fn script(folder: &Path) -> Result<Script, SandboxError> {
    let path = folder.join(SCRIPT);
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(malformed(&path)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Script::default()),
        Err(error) => Err(io("read", &path)(error)),
    }
}

fn read(path: &Path) -> Result<Cloud, SandboxError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Cloud::default()),
        Err(error) => return Err(io("read", path)(error)),
    };
    // The version first: of another one nothing else may be as expected.
    let version: Version = serde_json::from_slice(&bytes).map_err(malformed(path))?;
    if version.format_version != FORMAT_VERSION {
        return Err(SandboxError::Version {
            path: path.to_owned(),
            found: version.format_version,
        });
    }
    serde_json::from_slice(&bytes).map_err(malformed(path))
}

#[derive(serde::Deserialize)]
struct Version {
    format_version: u32,
}

fn lock(path: &Path) -> Result<File, SandboxError> {
    let mut options = File::options();
    let options = options.create(true).truncate(false).write(true);
    let file = options.open(path).map_err(io("open", path))?;
    loop {
        match file.lock() {
            Ok(()) => return Ok(file),
            // A signal that the process handles; the lock is still wanted.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(io("lock", path)(error)),
        }
    }
}

fn replace(folder: &Path, cloud: &Cloud, synced: bool) -> Result<(), SandboxError> {
    let (path, next) = (folder.join(FILE), folder.join(NEXT_FILE));
    let mut bytes = serde_json::to_vec_pretty(cloud).map_err(malformed(&path))?;
    bytes.push(b'\n');
    let mut file = File::create(&next).map_err(io("create", &next))?;
    file.write_all(&bytes).map_err(io("write", &next))?;
    if synced {
        file.sync_all().map_err(io("write", &next))?;
    }
    fs::rename(&next, &path).map_err(io("replace", &path))?;
    if synced {
        sync_folder(folder).map_err(|source| SandboxError::Unsynced {
            path: folder.to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// Makes the file's new entry in its folder outlive a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Folders can't be opened there, and renaming waits for the disk.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> SandboxError {
    let path = path.to_owned();
    move |source| SandboxError::Io {
        doing,
        path,
        source,
    }
}

fn malformed(path: &Path) -> impl FnOnce(serde_json::Error) -> SandboxError {
    let path = path.to_owned();
    move |source| SandboxError::Malformed { path, source }
}
