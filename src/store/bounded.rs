//! Reading files that may be anything, a device without an end among them.

use std::fs::File;
use std::io::{Error, Read as _};
use std::path::Path;

use super::catalogs::cannot_read;
use crate::diagnostics::Diagnostic;

/// Most MiB of a file: a plan of a thousand stages has about ten, the index of the largest published
/// model six.
const MOST_MIB: u64 = 64;

/// Reads a whole file.
///
/// # Errors
///
/// `cli::cannot-read`, for a file that is larger as well.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let most = MOST_MIB << 20;
    let failed = |error| cannot_read(path, &error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    let read = file.take(most + 1).read_to_end(&mut bytes);
    if read.map_err(failed)? as u64 > most {
        let why = format!("it has more than {MOST_MIB} MiB, the most that such a file may have");
        return Err(failed(Error::other(why)));
    }
    Ok(bytes)
}

/// The same of a text.
pub(crate) fn read_text(path: &Path) -> Result<String, Diagnostic> {
    let text = String::from_utf8(read(path)?);
    text.map_err(|_| cannot_read(path, &Error::other("it isn't UTF-8")))
}
