//! How values of arguments are read.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::units::{Bytes, Parameters};

/// A word of a closed vocabulary, as in specs.
pub(super) fn word<T: Clone + Send + Sync + 'static>(
    words: &'static [&'static str],
    from_name: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words)
        .try_map(move |word| from_name(&word).ok_or("no word of this vocabulary"))
}

/// A size above zero: `2GiB`.
pub(super) fn size(text: &str) -> Result<Bytes, String> {
    let size = Bytes::parse(text).map_err(|error| error.to_string())?;
    above_zero(size.get()).map(|()| size)
}

/// A number of parameters above zero: `7B`.
pub(super) fn parameters(text: &str) -> Result<Parameters, String> {
    let parameters = Parameters::parse(text).map_err(|error| error.to_string())?;
    above_zero(parameters.get()).map(|()| parameters)
}

/// What one batch size took: `8=12GiB`.
pub(super) fn measurement(text: &str) -> Result<(u32, Bytes), String> {
    let (batch, bytes) = text
        .split_once('=')
        .ok_or("it is written BATCH=SIZE, e.g. 8=12GiB")?;
    match batch.trim().parse::<u32>() {
        Ok(batch) if batch > 0 => Ok((batch, size(bytes)?)),
        _ => Err(format!(
            "`{batch}` is no batch size; it is a whole number from 1"
        )),
    }
}

fn above_zero(value: u64) -> Result<(), String> {
    match value {
        0 => Err("it must be above 0".to_owned()),
        _ => Ok(()),
    }
}
