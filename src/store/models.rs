//! Published models on disk: their configuration and the headers of their weights. The weights
//! themselves are never read.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::bounded;
use super::catalogs::cannot_read;
use crate::checkpoint::safetensors::{HeaderError, Index, Weights, header_length};
use crate::checkpoint::{self, Checkpoint};
use crate::diagnostics::{self, Diagnostic};

/// What there is of a model at a path.
#[derive(Debug)]
pub struct Found {
    /// By its configuration.
    pub config: Option<Checkpoint>,
    /// By the headers of its weights.
    pub weights: Option<Weights>,
}

/// Reads a model's folder, its `config.json`, a file of its weights, or the index of several.
///
/// # Errors
///
/// `cli::cannot-read`; `checkpoint::config` and `checkpoint::weights` for files that can't be used;
/// `checkpoint::not-found` for a folder that holds none of them.
pub fn read(path: &Path) -> Result<Found, Diagnostic> {
    if path.is_dir() {
        return read_folder(path);
    }
    let name = path.file_name().map(|name| name.to_string_lossy());
    let name = name.unwrap_or_default();
    let (mut config, mut weights) = (None, None);
    if name.ends_with(".safetensors") {
        weights = Some(read_headers(&[path.to_owned()])?);
    } else if name.ends_with(".index.json") {
        weights = Some(read_index(path)?);
    } else {
        config = Some(read_config(path)?);
    }
    Ok(Found { config, weights })
}

fn read_folder(path: &Path) -> Result<Found, Diagnostic> {
    let file = |name: &str| Some(path.join(name)).filter(|file| file.is_file());
    let config = file("config.json").map(|file| read_config(&file));
    let weights = match file("model.safetensors.index.json") {
        Some(index) => Some(read_index(&index)),
        None => file("model.safetensors").map(|single| read_headers(&[single])),
    };
    if config.is_none() && weights.is_none() {
        let diagnostic = Diagnostic::error(&diagnostics::checkpoint::NOT_FOUND);
        return Err(diagnostic.detail(format!(
            "`{}` holds no `config.json`, `model.safetensors` or `model.safetensors.index.json`.",
            path.display()
        )));
    }
    Ok(Found {
        config: config.transpose()?,
        weights: weights.transpose()?,
    })
}

fn read_config(path: &Path) -> Result<Checkpoint, Diagnostic> {
    let text = bounded::read_text(path)?;
    checkpoint::read(&text).map_err(|error| {
        let diagnostic = Diagnostic::error(&diagnostics::checkpoint::CONFIG);
        diagnostic.detail(format!("`{}` can't be used: {error}.", path.display()))
    })
}

fn read_index(path: &Path) -> Result<Weights, Diagnostic> {
    let text = bounded::read_text(path)?;
    let index = Index::read(&text).map_err(|e| unusable(path, &e))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut files = Vec::new();
    for name in &index.files {
        // A name with a folder in it could lead anywhere.
        let file = folder.join(name);
        if name.contains(['/', '\\']) || !file.is_file() {
            let diagnostic = Diagnostic::error(&diagnostics::checkpoint::WEIGHTS);
            return Err(diagnostic.detail(format!(
                "`{}` names `{name}`, which isn't there beside it.",
                path.display()
            )));
        }
        files.push(file);
    }
    read_headers(&files)
}

fn read_headers(files: &[PathBuf]) -> Result<Weights, Diagnostic> {
    let mut weights = Weights::default();
    for path in files {
        let unreadable = |error: std::io::Error| cannot_read(path, &error);
        let mut file = File::open(path).map_err(unreadable)?;
        let whole = file.metadata().map_err(unreadable)?.len();
        let mut start = Vec::new();
        file.by_ref()
            .take(8)
            .read_to_end(&mut start)
            .map_err(unreadable)?;
        let length = header_length(&start, whole).map_err(|e| unusable(path, &e))?;
        let mut header = Vec::new();
        file.by_ref()
            .take(length)
            .read_to_end(&mut header)
            .map_err(unreadable)?;
        let data = whole - 8 - length;
        weights.add(&header, data).map_err(|e| unusable(path, &e))?;
    }
    Ok(weights)
}

fn unusable(path: &Path, error: &HeaderError) -> Diagnostic {
    let diagnostic = Diagnostic::error(&diagnostics::checkpoint::WEIGHTS);
    diagnostic.detail(format!("`{}` can't be used: {error}.", path.display()))
}
