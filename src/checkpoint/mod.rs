//! Shapes of published models, from their `config.json` and from the headers of their weights.
//!
//! [`config::read`] knows the common families of transformers and counts their parameters exactly;
//! [`safetensors`] reads what a file of weights says of itself. Both take text or bytes: nothing
//! here opens a file, and no weight is ever read.

pub mod config;
mod count;
mod family;
mod keys;
pub mod safetensors;
mod shape;
#[cfg(test)]
mod tests;
mod weights;

pub use config::{ConfigError, read};

use crate::model::{Architecture, Census, Dtype};

/// What the files of a published model say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its family: the `model_type` of its text part.
    pub family: String,
    /// Its shape.
    pub architecture: Architecture,
    /// Its parameters by kind, counted exactly.
    pub census: Census,
    /// Type of its weights as published, where it says so.
    pub dtype: Option<Dtype>,
    /// Type that its weights were quantised to, if they were.
    pub quantization: Option<Dtype>,
    /// Longest sequence that it was made for, in tokens.
    pub max_positions: Option<u64>,
    /// Whether there are other parts, for images or sound, that aren't counted.
    pub text_part_only: bool,
}

impl Checkpoint {
    /// Type of its weights in memory: as quantised, else as published.
    #[must_use]
    pub const fn weights(&self) -> Option<Dtype> {
        match self.quantization {
            Some(dtype) => Some(dtype),
            None => self.dtype,
        }
    }
}
