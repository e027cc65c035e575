//! Reads the files of a spec, and the files that a spec itself reads with `file("x")`.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use super::catalogs::put_in_place;
use crate::diagnostics::{Diagnostic, Diagnostics, Sources, cli, spec};

/// How the files of a spec end.
pub const SUFFIX: &str = ".mlinfra.hcl";
/// Largest file of a spec. Real ones are some kilobytes.
const MAX_BYTES: u64 = 1 << 20;
/// Most files of one spec.
pub(super) const MAX_FILES: usize = 200;

/// Reads a spec: a file, or all `*.mlinfra.hcl` files directly in a folder, by name.
///
/// # Errors
///
/// One diagnostic for each file that can't be read, or one that says that there is none.
pub fn read(path: &Path) -> Result<Sources, Diagnostics> {
    let metadata = fs::metadata(path).map_err(|e| not_readable(path, &e))?;
    let files = if metadata.is_dir() {
        list(path)?
    } else {
        vec![path.to_owned()]
    };
    let mut sources = Sources::new();
    let mut problems = Diagnostics::new();
    for file in files {
        match read_text(&file) {
            Ok(text) => drop(sources.add(display(&file), text)),
            Err(diagnostic) => problems.push(*diagnostic),
        }
    }
    if problems.is_empty() {
        Ok(sources)
    } else {
        Err(problems)
    }
}

/// The spec files of a folder, by name.
///
/// # Errors
///
/// When the folder can't be read or holds none, or too many.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, Diagnostics> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).map_err(|e| not_readable(folder, &e))?;
    for entry in entries {
        let entry = entry.map_err(|e| not_readable(folder, &e))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Editors keep their own copies as hidden files.
        if name.ends_with(SUFFIX) && !name.starts_with('.') {
            files.push(entry.path());
        }
    }
    files.sort();
    if files.len() > MAX_FILES {
        let detail = format!(
            "{} holds {} spec files; a spec may have at most {MAX_FILES}.",
            display(folder),
            files.len()
        );
        return Err(Diagnostic::error(&spec::TOO_LARGE).detail(detail).into());
    }
    if files.is_empty() {
        let detail = format!("There is no file `*{SUFFIX}` in `{}`.", display(folder));
        let diagnostic = Diagnostic::error(&spec::NO_SPEC_FILES).detail(detail);
        let command = format!("mlinfra init {}", display(folder));
        return Err(diagnostic
            .hint_command("To start a spec there, run:", command)
            .into());
    }
    Ok(files)
}

/// Reads one text file of at most a mebibyte.
///
/// # Errors
///
/// When it can't be read, is larger, or isn't UTF-8.
pub fn read_text(path: &Path) -> Result<String, Box<Diagnostic>> {
    let metadata = fs::metadata(path).map_err(|e| Box::new(not_readable(path, &e)))?;
    if !metadata.is_file() {
        let detail = format!("{} isn't a file.", display(path));
        return Err(Box::new(
            Diagnostic::error(&spec::NOT_READABLE).detail(detail),
        ));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|e| Box::new(not_readable(path, &e)))?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Box::new(not_readable(path, &e)))?;
    decode(&display(path), bytes).map_err(Box::new)
}

/// Makes text of a file's bytes.
///
/// # Errors
///
/// When there are more than a mebibyte of them, or they aren't UTF-8.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    if bytes.len() as u64 > MAX_BYTES {
        let detail = format!("{name} has more than {MAX_BYTES} bytes, the most a file may have.");
        return Err(Diagnostic::error(&spec::TOO_LARGE).detail(detail));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..valid).unwrap_or_default();
        let line = before.split(|b| *b == b'\n').count();
        let detail = format!(
            "{name} isn't UTF-8: byte {} of the file, on line {line}.",
            valid + 1
        );
        Diagnostic::error(&spec::INVALID_UTF8)
            .detail(detail)
            .hint("save the file as UTF-8.")
    })
}

/// Reads a file for `file("x")`: inside of the spec's folder only, links included.
///
/// # Errors
///
/// Why not, in a sentence.
pub fn read_beside(folder: &Path, path: &str) -> Result<String, String> {
    let relative = Path::new(path);
    let inside = relative
        .components()
        .all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    let outside =
        || format!("`{path}` is outside of the spec's folder, and only files in it can be read.");
    if !inside || path.is_empty() {
        return Err(outside());
    }
    let reason = |e: &io::Error| format!("`{path}` can't be read: {}.", words(e));
    let root = fs::canonicalize(folder).map_err(|e| reason(&e))?;
    let target = fs::canonicalize(root.join(relative)).map_err(|e| reason(&e))?;
    if !target.starts_with(&root) {
        return Err(outside());
    }
    read_text(&target).map_err(|_| {
        format!("`{path}` can't be read: it must be a text file in UTF-8 of at most a mebibyte.")
    })
}

fn not_readable(path: &Path, error: &io::Error) -> Diagnostic {
    let detail = format!("{} can't be read: {}.", display(path), words(error));
    Diagnostic::error(&spec::NOT_READABLE).detail(detail)
}

/// The system's reason in words of ours where the system's own differ between platforms.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        // ELOOP on Linux; its `ErrorKind` isn't stable yet.
        _ if error.raw_os_error() == Some(40) => {
            "its symbolic links go round in a circle".to_owned()
        }
        _ => error.to_string(),
    }
}

/// The path as the user would write it.
fn display(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    if path.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Puts a new text in a file's place, whole or not at all.
///
/// # Errors
///
/// When that fails; the file is then as it was.
pub fn replace(path: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    let failed = |error: &io::Error| {
        let detail = format!("{} can't be written: {}.", display(path), words(error));
        Box::new(Diagnostic::error(&cli::CANNOT_WRITE).detail(detail))
    };
    // A link's target is replaced, not the link.
    let target = fs::canonicalize(path).map_err(|e| failed(&e))?;
    let permissions = fs::metadata(&target).map_err(|e| failed(&e))?.permissions();
    put_in_place(&target, text.as_bytes(), Some(permissions)).map_err(|e| failed(&e))
}

/// Writes a file that must not be there yet.
///
/// # Errors
///
/// When it is there, or can't be written.
pub fn create(path: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    let failed = |error: &io::Error| {
        let detail = format!("{} can't be written: {}.", display(path), words(error));
        Box::new(Diagnostic::error(&cli::CANNOT_WRITE).detail(detail))
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| failed(&e))?;
    }
    let mut file = fs::File::create_new(path).map_err(|e| failed(&e))?;
    file.write_all(text.as_bytes()).map_err(|e| failed(&e))
}
