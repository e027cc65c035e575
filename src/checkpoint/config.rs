//! `config.json` of published models: which family, what shape, how many parameters.

use serde_json::{Map, Value};

use super::Checkpoint;
use super::family::{FAMILIES, Family, names};
use super::keys::Keys;
use super::shape::{POSITIONS, shape};
use super::weights::{dtype, quantization};

/// A configuration is a few KiB, or a few hundred with the names of many classes.
const LONGEST_TEXT: usize = 4 << 20;

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// More text than any configuration has.
    #[error("it has {bytes} bytes; a configuration has at most 4 MiB")]
    TooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// The text is no JSON.
    #[error("it isn't JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but not `{…}`.
    #[error("it isn't a JSON object")]
    NotAnObject,
    /// Nothing says what family it is of.
    #[error("it has neither `model_type` nor `architectures`, so nothing says what model it is of")]
    NoFamily,
    /// A family that isn't counted here.
    #[error(
        "`{family}` isn't a family whose parameters are counted here; these are: {known}. \
         The shape can be given instead"
    )]
    UnknownFamily {
        /// The one that it says.
        family: String,
        /// Those that are known.
        known: String,
    },
    /// Something that the shape needs isn't there.
    #[error("`{key}` is missing, and the shape needs it")]
    Missing {
        /// The commonest name of the key.
        key: &'static str,
    },
    /// A value that can't be meant.
    #[error("`{key}` can't be {value}")]
    Impossible {
        /// Its key.
        key: &'static str,
        /// As written, cut after some characters.
        value: String,
    },
    /// Weights in a format that isn't known.
    #[error("`{key}` is `{word}`, which isn't a type of weights that is known here")]
    UnknownFormat {
        /// Where it says so.
        key: &'static str,
        /// What it says.
        word: String,
    },
}

impl ConfigError {
    pub(super) fn impossible(key: &'static str, value: &Value) -> Self {
        let text = match value {
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            other => other.to_string().chars().take(40).collect(),
        };
        Self::Impossible { key, value: text }
    }

    pub(super) fn number(key: &'static str, number: u64) -> Self {
        let value = number.to_string();
        Self::Impossible { key, value }
    }
}

/// Reads a configuration.
///
/// Of a model with parts for images or sound, the part for text is read, in `text_config`. BERT and
/// its like are counted as the bare model with its pooler, without a head for any task.
///
/// # Errors
///
/// One for each variant of [`ConfigError`]; the first that is met.
pub fn read(text: &str) -> Result<Checkpoint, ConfigError> {
    if text.len() > LONGEST_TEXT {
        return Err(ConfigError::TooLarge { bytes: text.len() });
    }
    let json: Value = serde_json::from_str(text).map_err(ConfigError::NotJson)?;
    let outer = json.as_object().ok_or(ConfigError::NotAnObject)?;
    let nested = outer.get("text_config").and_then(Value::as_object);
    let object = nested.unwrap_or(outer);
    let (name, family) = match family_of(object) {
        Err(ConfigError::NoFamily) => family_of(outer)?,
        other => other?,
    };
    let keys = Keys {
        object,
        defaults: family.defaults,
    };
    let whole = Keys {
        object: outer,
        defaults: &[],
    };
    let shape = shape(&keys, &whole, family)?;
    let census = shape.census();
    // More than a quadrillion parameters can't be meant, and wouldn't fit 64 bits as bytes.
    if census.total > 1_000_000_000_000_000 {
        return Err(ConfigError::number(
            "hidden_size",
            shape.architecture.hidden,
        ));
    }
    Ok(Checkpoint {
        family: name,
        census,
        dtype: match dtype(&keys)? {
            None => dtype(&whole)?,
            known => known,
        },
        quantization: match quantization(&keys)? {
            None => quantization(&whole)?,
            known => known,
        },
        max_positions: keys.length(POSITIONS)?,
        text_part_only: nested.is_some() || outer.contains_key("vision_config"),
        architecture: shape.architecture,
    })
}

/// The family by `model_type`; by the name of the class where that isn't there.
fn family_of(object: &Map<String, Value>) -> Result<(String, &'static Family), ConfigError> {
    let by_name = |known: &dyn Fn(&str) -> bool| {
        let mut found = FAMILIES
            .iter()
            .flat_map(|f| f.names.iter().map(move |n| (f, *n)));
        found.find(|(_, name)| known(name))
    };
    let unknown = |family: &str| ConfigError::UnknownFamily {
        family: family.chars().take(60).collect(),
        known: names(),
    };
    if let Some(given) = object.get("model_type").filter(|v| !v.is_null()) {
        let given = given
            .as_str()
            .ok_or_else(|| ConfigError::impossible("model_type", given))?;
        let found = by_name(&|name| name == given).ok_or_else(|| unknown(given))?;
        return Ok((found.1.to_owned(), found.0));
    }
    let classes = object.get("architectures").and_then(Value::as_array);
    let class = classes.and_then(|c| c.first()).and_then(Value::as_str);
    let class = class.ok_or(ConfigError::NoFamily)?;
    let bare = ["For", "LMHead", "Model"]
        .iter()
        .filter_map(|end| class.find(end))
        .min()
        .map_or(class, |end| &class[..end]);
    let bare = bare.to_lowercase();
    let found = by_name(&|name| name.replace(['_', '-'], "") == bare);
    let found = found.ok_or_else(|| unknown(class))?;
    Ok((found.1.to_owned(), found.0))
}
