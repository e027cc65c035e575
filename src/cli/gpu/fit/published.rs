//! A published model: its configuration, or the headers of its weights, or both.

use std::path::Path;

use crate::checkpoint::safetensors::Weights;
use crate::diagnostics::{Diagnostic, cli};
use crate::fit::Subject;
use crate::model::Dtype;
use crate::store::models;
use crate::units::{Bytes, grouped};

/// What was read of it.
pub(super) struct Published {
    /// As far as memory depends on it.
    pub(super) subject: Subject,
    /// Longest sequence that it was made for, in tokens.
    max_positions: Option<u64>,
    /// Whether there are parts for images or sound, which aren't counted.
    text_part_only: bool,
}

/// Reads a configuration, a folder, a file of weights or the index of several.
///
/// # Errors
///
/// Those of [`models::read`], and `cli::usage` when the type of the weights is neither in the files
/// nor given.
pub(super) fn read(path: &Path, dtype: Option<Dtype>) -> Result<Published, Diagnostic> {
    let found = models::read(path)?;
    let stored = found.weights.as_ref().and_then(stored_as);
    let said = found.config.as_ref().and_then(|config| config.weights());
    let Some(known) = said.or(stored).or(dtype) else {
        let detail = format!("`{}` doesn't say the type of its weights.", path.display());
        return Err(Diagnostic::error(&cli::USAGE)
            .detail(detail)
            .hint("give it with `--dtype`"));
    };
    // Weights that are stored in one type and used in another change their size when they are read.
    let exact = found
        .weights
        .as_ref()
        .filter(|_| stored.is_none_or(|stored| stored == known));
    let weight_bytes = exact.map(|weights| Bytes::new(weights.bytes()));
    let (max_positions, text_part_only) = found
        .config
        .as_ref()
        .map_or((None, false), |c| (c.max_positions, c.text_part_only));
    let (census, shape) = match (found.config, found.weights) {
        (Some(config), _) => (config.census, Some(config.architecture)),
        (None, Some(weights)) => (weights.census(), None),
        (None, None) => {
            let detail = format!("`{}` holds no model.", path.display());
            return Err(Diagnostic::error(&cli::USAGE).detail(detail));
        }
    };
    Ok(Published {
        subject: Subject {
            census,
            shape,
            dtype: known,
            weight_bytes,
        },
        max_positions,
        text_part_only,
    })
}

impl Published {
    /// What its files say beside its size, for samples of so many tokens.
    pub(super) fn notes(&self, sequence: Option<u32>) -> Vec<String> {
        let mut notes = Vec::new();
        if self.text_part_only {
            notes.push(
                "Only the model's text part is counted, and no part for images or sound."
                    .to_owned(),
            );
        }
        if let (Some(most), Some(tokens)) = (self.max_positions, sequence)
            && u64::from(tokens) > most
        {
            notes.push(format!(
                "The model was made for {} tokens at most, and {} are asked for.",
                grouped(most.into()),
                grouped(tokens.into())
            ));
        }
        notes
    }
}

/// The type that most of the weights are stored in; `None` for packed types, which say nothing of
/// what is in them.
fn stored_as(weights: &Weights) -> Option<Dtype> {
    let sizes = weights.by_dtype();
    let (most, _) = sizes.into_iter().max_by_key(|(_, (_, bytes))| *bytes)?;
    match most {
        "F32" => Some(Dtype::Fp32),
        "BF16" => Some(Dtype::Bf16),
        "F16" => Some(Dtype::Fp16),
        "F8_E4M3" | "F8_E5M2" => Some(Dtype::Fp8),
        "I8" => Some(Dtype::Int8),
        _ => None,
    }
}
