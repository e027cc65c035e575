//! Where a cloud is kept: in a folder, or in memory.
//!
//! In a folder every change is made under a lock that the system drops when its holder dies, on a
//! copy that replaces the file in one step. Whoever reads sees the file before a change or after it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
    Folder(Folder),
    Memory(Box<Mutex<Cloud>>),
}

#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Whether a write waits for the disk.
    pub(crate) synced: bool,
    last: Mutex<Last>,
}

/// The file as it was last seen, so that bytes that are still the same aren't parsed again. It is
/// told by all of its bytes: the time of a file has too few digits to tell two quick writes apart.
#[derive(Debug, Default)]
struct Last {
    bytes: Vec<u8>,
    cloud: Arc<Cloud>,
}

impl Place {
    /// A folder, which is made if it isn't there.
    pub(crate) fn folder(path: &Path) -> Result<Self, SandboxError> {
        fs::create_dir_all(path).map_err(io("create", path))?;
        Ok(Self::Folder(Folder {
            path: path.to_owned(),
            synced: true,
            last: Mutex::default(),
        }))
    }

    /// Looks at the cloud as it is.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Cloud) -> T) -> Result<T, SandboxError> {
        match self {
            Self::Folder(folder) => Ok(look(&*folder.read()?)),
            Self::Memory(cloud) => Ok(look(&cloud.lock().unwrap_or_else(PoisonError::into_inner))),
        }
    }

    /// Changes the cloud, unless `change` fails.
    pub(crate) fn change<T, E: From<SandboxError>>(
        &self,
        change: impl FnOnce(&mut Cloud) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Folder(folder) => {
                let _lock = lock(&folder.path.join(LOCK))?;
                let before = folder.read()?;
                let (after, result) = changed(&before, change)?;
                if after.serial != before.serial {
                    folder.replace(after)?;
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

/// The cloud after a change, with another serial if it is another one.
fn changed<T, E>(
    before: &Cloud,
    change: impl FnOnce(&mut Cloud) -> Result<T, E>,
) -> Result<(Cloud, T), E> {
    let mut after = before.clone();
    let result = change(&mut after)?;
    if after != *before {
        after.serial = before.serial.wrapping_add(1);
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

fn parse(path: &Path, bytes: &[u8]) -> Result<Cloud, SandboxError> {
    let parsed = serde_json::from_slice(bytes);
    // Of another version nothing else may be as expected, so that is what to say then.
    let version = match &parsed {
        Ok(Cloud { format_version, .. }) => Some(*format_version),
        Err(_) => serde_json::from_slice(bytes)
            .ok()
            .map(|version: Version| version.format_version),
    };
    match version {
        Some(found) if found != FORMAT_VERSION => Err(SandboxError::Version {
            path: path.to_owned(),
            found,
        }),
        _ => parsed.map_err(malformed(path)),
    }
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

impl Folder {
    fn read(&self) -> Result<Arc<Cloud>, SandboxError> {
        let path = self.path.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Arc::default()),
            Err(error) => return Err(io("read", &path)(error)),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.is_empty() || last.bytes != bytes {
            let cloud = Arc::new(parse(&path, &bytes)?);
            *last = Last { bytes, cloud };
        }
        Ok(Arc::clone(&last.cloud))
    }

    fn replace(&self, cloud: Cloud) -> Result<(), SandboxError> {
        let (path, next) = (self.path.join(FILE), self.path.join(NEXT_FILE));
        let mut bytes = serde_json::to_vec_pretty(&cloud).map_err(malformed(&path))?;
        bytes.push(b'\n');
        let mut file = File::create(&next).map_err(io("create", &next))?;
        file.write_all(&bytes).map_err(io("write", &next))?;
        if self.synced {
            file.sync_all().map_err(io("write", &next))?;
        }
        fs::rename(&next, &path).map_err(io("replace", &path))?;
        let cloud = Arc::new(cloud);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Last { bytes, cloud };
        if self.synced {
            sync_folder(&self.path).map_err(|source| SandboxError::Unsynced {
                path: self.path.clone(),
                source,
            })?;
        }
        Ok(())
    }
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
