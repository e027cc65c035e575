//! Plan files.

use std::path::Path;

use super::catalogs::write_atomically;
use crate::diagnostics::Diagnostic;

/// Writes a frozen plan: the whole of it or nothing.
///
/// # Errors
///
/// `cli::cannot-write`.
pub fn write(path: &Path, text: &str) -> Result<(), Diagnostic> {
    write_atomically(path, text.as_bytes())
}
