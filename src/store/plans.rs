//! Plan files.

use std::path::Path;

use serde_json::Value;

use super::bounded;
use super::catalogs::write_atomically;
use crate::diagnostics::{Code, Diagnostic};

/// Writes a frozen plan: the whole of it or nothing.
///
/// # Errors
///
/// `cli::cannot-write`.
pub fn write(path: &Path, text: &str) -> Result<(), Diagnostic> {
    write_atomically(path, text.as_bytes())
}

/// Reads a plan's JSON, whatever is in it.
///
/// # Errors
///
/// `cli::cannot-read`, and `no_json` when it isn't JSON.
pub fn read(path: &Path, no_json: &'static Code) -> Result<Value, Diagnostic> {
    let name = path.display();
    let bytes = bounded::read(path)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Diagnostic::error(no_json).detail(format!("`{name}` isn't JSON: {error}."))
    })
}
