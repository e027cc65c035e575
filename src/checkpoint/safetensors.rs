//! Headers of safetensors files: which tensors there are, of what type, and how many bytes.
//!
//! A file is 8 bytes with the length of the header, little-endian, the header in JSON, and the data.
//! Only the header is taken here, with the length of the whole file; the data are never needed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::Census;

/// Longest header: the format's own limit.
pub const LONGEST_HEADER: u64 = 100_000_000;

/// Why a header can't be used.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// Fewer bytes than the format needs.
    #[error("it is cut off: {needed} bytes are needed, and there are {given}")]
    Truncated {
        /// How many there should be at least.
        needed: u64,
        /// How many there are.
        given: u64,
    },
    /// A header that long isn't one.
    #[error("its header would have {length} bytes; the format allows {LONGEST_HEADER}")]
    HeaderTooLong {
        /// As the first 8 bytes say.
        length: u64,
    },
    /// The header is no JSON object.
    #[error("its header isn't a JSON object of tensors")]
    NotJson,
    /// An entry of the header that isn't a tensor.
    #[error("tensor `{tensor}`: `{key}` is missing or can't be meant")]
    Malformed {
        /// Its name.
        tensor: String,
        /// What is wrong with it.
        key: &'static str,
    },
    /// A type of numbers that isn't known.
    #[error("tensor `{tensor}`: its type `{dtype}` isn't known")]
    UnknownDtype {
        /// Its name.
        tensor: String,
        /// As written.
        dtype: String,
    },
    /// Its place in the file doesn't fit its shape and type.
    #[error("tensor `{tensor}` has {given} bytes in the file; its shape and type need {needed}")]
    WrongSize {
        /// Its name.
        tensor: String,
        /// By its offsets.
        given: u64,
        /// By its shape.
        needed: u64,
    },
    /// Two tensors share bytes, or bytes belong to none.
    #[error("tensor `{tensor}` starts at byte {start}, where {expected} was due")]
    NotContiguous {
        /// Its name.
        tensor: String,
        /// By its offsets.
        start: u64,
        /// Where the one before ends.
        expected: u64,
    },
    /// An index that can't be used.
    #[error("the index has no `weight_map` of tensors to files")]
    NoWeightMap,
}

/// A tensor by its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// Its type in the format's words, e.g. `BF16`.
    pub dtype: String,
    /// How many values it has; packed types count what holds them.
    pub values: u64,
    /// How many bytes it takes.
    pub bytes: u64,
}

/// What one or more headers say together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Weights {
    tensors: Vec<Tensor>,
}

/// Returns the length of the header from the first bytes of a file.
///
/// # Errors
///
/// [`HeaderError::Truncated`] for fewer than 8 bytes or a file that ends before its header does;
/// [`HeaderError::HeaderTooLong`].
pub fn header_length(start: &[u8], file_length: u64) -> Result<u64, HeaderError> {
    let given = u64::try_from(start.len()).unwrap_or(u64::MAX);
    let Some(first) = start.first_chunk::<8>() else {
        return Err(HeaderError::Truncated { needed: 8, given });
    };
    let length = u64::from_le_bytes(*first);
    if length > LONGEST_HEADER {
        return Err(HeaderError::HeaderTooLong { length });
    }
    if file_length < length + 8 {
        let needed = length + 8;
        return Err(HeaderError::Truncated {
            needed,
            given: file_length,
        });
    }
    Ok(length)
}

impl Weights {
    /// Adds the tensors of a file: its header, and how many bytes follow that.
    ///
    /// # Errors
    ///
    /// All but those of lengths and of the index.
    pub fn add(&mut self, header: &[u8], data_length: u64) -> Result<(), HeaderError> {
        let json: Value = serde_json::from_slice(header).map_err(|_| HeaderError::NotJson)?;
        let object = json.as_object().ok_or(HeaderError::NotJson)?;
        let mut places = Vec::new();
        for (name, entry) in object.iter().filter(|(name, _)| *name != "__metadata__") {
            places.push(tensor(name, entry)?);
        }
        places.sort_by_key(|(start, tensor)| (*start, tensor.bytes));
        let mut expected = 0;
        for (start, tensor) in &places {
            if *start != expected {
                return Err(HeaderError::NotContiguous {
                    tensor: tensor.name.clone(),
                    start: *start,
                    expected,
                });
            }
            // Both are within 64 bits: the end was read as a number.
            expected = start.saturating_add(tensor.bytes);
        }
        if expected > data_length {
            return Err(HeaderError::Truncated {
                needed: expected,
                given: data_length,
            });
        }
        self.tensors
            .extend(places.into_iter().map(|(_, tensor)| tensor));
        Ok(())
    }

    /// The tensors, in the order of the files.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Values and bytes by type.
    #[must_use]
    pub fn by_dtype(&self) -> BTreeMap<&str, (u64, u64)> {
        let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for tensor in &self.tensors {
            let sum = sums.entry(&tensor.dtype).or_default();
            *sum = (
                sum.0.saturating_add(tensor.values),
                sum.1.saturating_add(tensor.bytes),
            );
        }
        sums
    }

    /// Bytes of all tensors.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        sum(self.tensors.iter().map(|tensor| tensor.bytes))
    }

    /// Values by kind, as far as names tell; the largest layer is the largest sum under one
    /// `….N.`, N a number.
    ///
    /// Of packed types the values that hold the packed ones are counted, so this is of use for
    /// weights of 8 and more bits.
    #[must_use]
    pub fn census(&self) -> Census {
        let of = |kept: &dyn Fn(&Tensor) -> bool| {
            sum(self.tensors.iter().filter(|t| kept(t)).map(|t| t.values))
        };
        let mut layers: BTreeMap<&str, u64> = BTreeMap::new();
        for tensor in &self.tensors {
            if let Some(layer) = layer_of(&tensor.name) {
                let sum = layers.entry(layer).or_default();
                *sum = sum.saturating_add(tensor.values);
            }
        }
        let embeddings = of(&|t| is_embedding(&t.name));
        let total = of(&|_| true);
        Census {
            total,
            embeddings,
            linear: total - embeddings,
            experts: of(&|t| t.name.contains(".experts.")),
            layer: layers.into_values().max().unwrap_or(total),
            tensor: self.tensors.iter().map(|t| t.values).max().unwrap_or(0),
        }
    }
}

fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

fn is_embedding(name: &str) -> bool {
    let tables = [
        "embed_tokens",
        "embed_positions",
        "word_embeddings",
        "position_embeddings",
        "token_type_embeddings",
        "tok_embeddings",
        "embed_in",
        "embed_out",
        "wte",
        "wpe",
        "shared",
        "lm_head",
    ];
    name.split('.')
        .rev()
        .nth(1)
        .is_some_and(|part| tables.contains(&part))
}

/// The name up to its first number, that included.
fn layer_of(name: &str) -> Option<&str> {
    let mut end = 0;
    for part in name.split('.') {
        end += part.len();
        if !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) {
            return Some(&name[..end]);
        }
        end += 1;
    }
    None
}

fn tensor(name: &str, entry: &Value) -> Result<(u64, Tensor), HeaderError> {
    let shown = || name.chars().take(80).collect::<String>();
    let malformed = |key| HeaderError::Malformed {
        tensor: shown(),
        key,
    };
    let dtype = entry.get("dtype").and_then(Value::as_str);
    let dtype = dtype.ok_or_else(|| malformed("dtype"))?;
    let bits = bits_of(dtype).ok_or_else(|| HeaderError::UnknownDtype {
        tensor: shown(),
        dtype: dtype.chars().take(40).collect(),
    })?;
    let shape = entry.get("shape").and_then(Value::as_array);
    let shape = shape.ok_or_else(|| malformed("shape"))?;
    let values = shape
        .iter()
        .try_fold(1_u64, |product, size| product.checked_mul(size.as_u64()?));
    let values = values.ok_or_else(|| malformed("shape"))?;
    let needed = values.checked_mul(bits).ok_or_else(|| malformed("shape"))?;
    let needed = needed.div_ceil(8);
    let offsets = entry.get("data_offsets").and_then(Value::as_array);
    let offsets: Option<Vec<u64>> =
        offsets.and_then(|both| both.iter().map(Value::as_u64).collect());
    let Some([start, end]) = offsets.as_deref() else {
        return Err(malformed("data_offsets"));
    };
    let given = end.checked_sub(*start);
    let given = given.ok_or_else(|| malformed("data_offsets"))?;
    if given != needed {
        return Err(HeaderError::WrongSize {
            tensor: shown(),
            given,
            needed,
        });
    }
    let tensor = Tensor {
        name: name.to_owned(),
        dtype: dtype.to_owned(),
        values,
        bytes: given,
    };
    Ok((*start, tensor))
}

/// Bits of a value of each of the format's types.
fn bits_of(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F64" | "I64" | "U64" | "C64" => 64,
        "F32" | "I32" | "U32" => 32,
        "F16" | "BF16" | "I16" | "U16" => 16,
        "BOOL" | "I8" | "U8" | "F8_E4M3" | "F8_E5M2" | "F8_E8M0" => 8,
        "F4" => 4,
        _ => return None,
    })
}

/// An index of the files of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Bytes of all tensors, where it says so.
    pub total_size: Option<u64>,
    /// The files, each once, by name.
    pub files: Vec<String>,
}

impl Index {
    /// Reads `model.safetensors.index.json`.
    ///
    /// # Errors
    ///
    /// [`HeaderError::NotJson`] and [`HeaderError::NoWeightMap`].
    pub fn read(text: &str) -> Result<Self, HeaderError> {
        let json: Value = serde_json::from_str(text).map_err(|_| HeaderError::NotJson)?;
        let map: Option<&Map<String, Value>> = json.get("weight_map").and_then(Value::as_object);
        let files: Option<std::collections::BTreeSet<&str>> =
            map.and_then(|map| map.values().map(Value::as_str).collect());
        let files = files.ok_or(HeaderError::NoWeightMap)?;
        let total = json.get("metadata").and_then(|m| m.get("total_size"));
        Ok(Self {
            total_size: total.and_then(Value::as_u64),
            files: files.into_iter().map(str::to_owned).collect(),
        })
    }
}
