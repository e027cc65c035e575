//! Folders of text catalogs, their compiled form kept beside a project, and sheets to import.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::catalog::compiled::encode;
use crate::catalog::import::{Format, Input};
use crate::catalog::text::{Digests, TextFiles, assemble, sha256_hex};
use crate::catalog::{Catalog, TextCatalog, TextError};
use crate::diagnostics::{self, Diagnostic};

/// Catalogs of a folder, ready to plan with.
#[derive(Debug)]
pub struct Loaded {
    /// The catalogs.
    pub catalog: Catalog,
    /// Where their compiled form was written just now; `None` when it was there already.
    pub compiled: Option<PathBuf>,
}

/// Loads the text catalogs of a folder through their compiled form, which is kept in `cache` under
/// the digest of the texts and made when it isn't there or is damaged. A file instead of a folder
/// is a compiled form itself.
///
/// # Errors
///
/// `catalog::damaged` for a compiled file; `catalog::not-found`, `catalog::malformed` or `catalog::digest-mismatch` for the folder;
/// `cli::cannot-read` and `cli::cannot-write` for files.
pub fn load(dir: &Path, cache: &Path) -> Result<Loaded, Diagnostic> {
    if dir.is_file() {
        return load_compiled(dir);
    }
    let folders = read_folders(dir)?;
    let kept = cache.join(format!("catalogs-{}.bin", &content_key(&folders)[..24]));
    if let Ok(bytes) = fs::read(&kept)
        && let Ok(catalog) = Catalog::from_compiled(&bytes)
    {
        return Ok(Loaded {
            catalog,
            compiled: None,
        });
    }
    let catalogs = parse_folders(dir, &folders, Digests::Check)?;
    let parts = assemble(&catalogs).map_err(|e| text_error(dir, &e))?;
    fs::create_dir_all(cache).map_err(|e| cannot_write(cache, &e))?;
    write_atomically(&kept, &encode(&parts))?;
    Ok(Loaded {
        catalog: Catalog::new(parts),
        compiled: Some(kept),
    })
}

fn load_compiled(path: &Path) -> Result<Loaded, Diagnostic> {
    let bytes = fs::read(path).map_err(|e| cannot_read(path, &e))?;
    let catalog = Catalog::from_compiled(&bytes).map_err(|error| {
        Diagnostic::error(&diagnostics::catalog::DAMAGED)
            .detail(format!("`{}` can't be used: {error}.", path.display()))
            .hint("compile its text catalogs again: `mlinfra catalog compile DIR -o FILE`")
    })?;
    Ok(Loaded {
        catalog,
        compiled: None,
    })
}

/// Reads the text catalogs of a folder.
///
/// # Errors
///
/// As [`load`].
pub fn read(dir: &Path, digests: Digests) -> Result<Vec<TextCatalog>, Diagnostic> {
    parse_folders(dir, &read_folders(dir)?, digests)
}

/// Joins text catalogs and encodes them.
///
/// # Errors
///
/// `catalog::malformed` for the first row that has no meaning.
pub fn compile(dir: &Path, catalogs: &[TextCatalog]) -> Result<Vec<u8>, Diagnostic> {
    let parts = assemble(catalogs).map_err(|e| text_error(dir, &e))?;
    Ok(encode(&parts))
}

/// Writes a catalog into its folder in `dir`, each file atomically, and removes tables that it no
/// longer has. Files that are the same already are left alone. Returns how many were written.
///
/// # Errors
///
/// `cli::cannot-read` and `cli::cannot-write`.
pub fn write(dir: &Path, catalog: &TextCatalog) -> Result<usize, Diagnostic> {
    let folder = dir.join(&catalog.name);
    let files = catalog.print();
    let mut earlier = TextFiles::new();
    if folder.is_dir() {
        read_tables(&folder, "", &mut earlier)?;
    }
    let mut written = 0;
    for (path, text) in &files {
        if earlier.get(path) != Some(text) {
            let file = folder.join(path);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent).map_err(|e| cannot_write(parent, &e))?;
            }
            write_atomically(&file, text.as_bytes())?;
            written += 1;
        }
    }
    for path in earlier.keys().filter(|p| !files.contains_key(*p)) {
        let file = folder.join(path);
        fs::remove_file(&file).map_err(|e| cannot_write(&file, &e))?;
    }
    Ok(written)
}

/// Writes the compiled form into a file.
///
/// # Errors
///
/// `cli::cannot-write`.
pub fn write_compiled(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    write_atomically(path, bytes)
}

/// Reads the sheets that a format knows from files and folders.
///
/// # Errors
///
/// `cli::cannot-read`.
pub fn read_sheets(format: Format, paths: &[PathBuf]) -> Result<Input, Diagnostic> {
    let mut input = Input::default();
    for path in paths {
        let files = if path.is_dir() {
            entries(path)?
        } else {
            vec![path.clone()]
        };
        for file in files {
            let name = file_name(&file);
            if !file.is_dir() && (format.reads(&name) || file == *path) {
                let bytes = fs::read(&file).map_err(|e| cannot_read(&file, &e))?;
                input.files.insert(name, bytes);
            }
        }
    }
    Ok(input)
}

/// A catalog's name and files.
type Folder = (String, TextFiles);

fn read_folders(dir: &Path) -> Result<Vec<Folder>, Diagnostic> {
    let mut folders = Vec::new();
    for path in entries(dir)? {
        if path.is_dir() {
            let mut files = TextFiles::new();
            read_tables(&path, "", &mut files)?;
            if !files.is_empty() {
                folders.push((file_name(&path), files));
            }
        }
    }
    if folders.is_empty() {
        return Err(Diagnostic::error(&diagnostics::catalog::NOT_FOUND)
            .detail(format!(
                "`{}` holds no folder with a `catalog.tsv`.",
                dir.display()
            ))
            .hint("leave out `--catalogs` to use the catalogs that are built into the program"));
    }
    Ok(folders)
}

fn parse_folders(
    dir: &Path,
    folders: &[Folder],
    digests: Digests,
) -> Result<Vec<TextCatalog>, Diagnostic> {
    let parsed = folders.iter().map(|(name, files)| {
        let shown = dir.join(name).display().to_string();
        TextCatalog::parse(files, &shown, digests).map_err(|e| text_error(dir, &e))
    });
    parsed.collect()
}

/// What the files hold, whatever their order.
fn content_key(folders: &[Folder]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(env!("CARGO_PKG_VERSION"));
    for (name, files) in folders {
        for (path, text) in files {
            for part in [name, path, &sha256_hex(text.as_bytes())] {
                hasher.update(part);
                hasher.update([0]);
            }
        }
    }
    sha256_hex(&hasher.finalize())
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let reader = fs::read_dir(dir).map_err(|e| cannot_read(dir, &e))?;
    let paths: Result<Vec<PathBuf>, _> = reader.map(|e| e.map(|e| e.path())).collect();
    let mut paths = paths.map_err(|e| cannot_read(dir, &e))?;
    paths.sort();
    Ok(paths)
}

fn read_tables(folder: &Path, prefix: &str, files: &mut TextFiles) -> Result<(), Diagnostic> {
    for path in entries(folder)? {
        let inner = format!("{prefix}{}", file_name(&path));
        // Tables stand in the catalog's folder or one below it; deeper folders are none of ours.
        if path.is_dir() && prefix.is_empty() {
            read_tables(&path, &format!("{inner}/"), files)?;
        } else if path.extension().is_some_and(|e| e == "tsv") {
            let text = fs::read_to_string(&path).map_err(|e| cannot_read(&path, &e))?;
            files.insert(inner, text);
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Replaces a file in one step, so that no reader ever sees half of it. A link's target is replaced,
/// not the link; a device or a pipe such as `/dev/null` is written to, not replaced.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    if fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
        let mut open = fs::OpenOptions::new();
        let written = open
            .write(true)
            .open(path)
            .and_then(|mut f| f.write_all(bytes));
        return written.map_err(|e| cannot_write(path, &e));
    }
    let target = fs::canonicalize(path);
    let target = target.as_deref().unwrap_or(path);
    put_in_place(target, bytes, None).map_err(|e| cannot_write(path, &e))
}

/// Puts a new file in the place of `target`, whole or not at all: with these permissions, or with
/// what a new file may get, less what the process's mask takes away.
pub(super) fn put_in_place(
    target: &Path,
    bytes: &[u8],
    permissions: Option<fs::Permissions>,
) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = target.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = parent.unwrap_or(Path::new("."));
    fs::metadata(folder)?;
    // The crate's own error names a temporary file, which nobody has heard of.
    let mut file = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(|e| std::io::Error::from(e.kind()))?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|e| e.error)?;
    Ok(())
}

pub(super) fn cannot_read(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(&diagnostics::cli::CANNOT_READ)
        .detail(format!("`{}` can't be read: {error}.", path.display()))
}

pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(&diagnostics::cli::CANNOT_WRITE)
        .detail(format!("`{}` can't be written: {error}.", path.display()))
}

fn text_error(dir: &Path, error: &TextError) -> Diagnostic {
    if let TextError::DigestMismatch { .. } | TextError::Unlisted { .. } = error {
        return Diagnostic::error(&diagnostics::catalog::DIGEST_MISMATCH)
            .detail(format!("{error}."))
            .hint_command(
                "If the edit was meant, write the manifests again:",
                format!("mlinfra catalog compile {} --seal", dir.display()),
            );
    }
    Diagnostic::error(&diagnostics::catalog::MALFORMED).detail(format!("{error}."))
}
