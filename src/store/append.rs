//! Text that is added to a file of somebody else's, such as the summary of a CI job.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use crate::diagnostics::{Diagnostic, cli};

/// Adds a text to a file's end; makes the file where there is none.
///
/// # Errors
///
/// `cli::cannot-write`.
pub(crate) fn append(path: &Path, text: &str) -> Result<(), Diagnostic> {
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let path = path.display();
        Diagnostic::error(&cli::CANNOT_WRITE).detail(format!("`{path}`: {error}."))
    })
}
