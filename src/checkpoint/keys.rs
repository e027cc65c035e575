//! Numbers, flags and words of a configuration, under any of the names that they have.

use serde_json::{Map, Value};

use super::config::ConfigError;

/// Largest dimension of a shape: beyond any transformer, and small enough that no product of the
/// counts overflows 128 bits.
pub(super) const LARGEST_DIMENSION: u64 = 10_000_000;

/// Longest context or window in tokens; models with 10,485,760 are published.
const LONGEST: u64 = 1_000_000_000;

/// A configuration and what its family takes for keys that aren't there.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub object: &'a Map<String, Value>,
    pub defaults: &'static [(&'static str, u64)],
}

impl Keys<'_> {
    /// The value under the first of these names that has one.
    fn find(&self, names: &[&'static str]) -> Option<(&'static str, &Value)> {
        let mut given = names.iter().filter_map(|name| {
            let value = self.object.get(*name)?;
            (!value.is_null()).then_some((*name, value))
        });
        given.next()
    }

    fn bounded(
        &self,
        names: &[&'static str],
        least: u64,
        most: u64,
    ) -> Result<Option<u64>, ConfigError> {
        if let Some((key, value)) = self.find(names) {
            let number = value.as_u64().filter(|n| (least..=most).contains(n));
            return number
                .map(Some)
                .ok_or_else(|| ConfigError::impossible(key, value));
        }
        let default = self.defaults.iter().find(|(key, _)| names.contains(key));
        Ok(default.map(|(_, number)| *number))
    }

    /// A number that the shape needs.
    pub(super) fn dimension(&self, names: &[&'static str]) -> Result<u64, ConfigError> {
        let number = self.optional_dimension(names)?;
        number.ok_or(ConfigError::Missing { key: names[0] })
    }

    pub(super) fn optional_dimension(
        &self,
        names: &[&'static str],
    ) -> Result<Option<u64>, ConfigError> {
        self.bounded(names, 1, LARGEST_DIMENSION)
    }

    /// A count that may be none; 0 when it isn't there.
    pub(super) fn count(&self, names: &[&'static str]) -> Result<u64, ConfigError> {
        Ok(self.bounded(names, 0, LARGEST_DIMENSION)?.unwrap_or(0))
    }

    /// A length in tokens. Some configurations write -1 for "none".
    pub(super) fn length(&self, names: &[&'static str]) -> Result<Option<u64>, ConfigError> {
        if let Some((_, value)) = self.find(names)
            && value.as_i64() == Some(-1)
        {
            return Ok(None);
        }
        self.bounded(names, 0, LONGEST)
    }

    pub(super) fn flag(&self, name: &'static str, default: bool) -> Result<bool, ConfigError> {
        match self.find(&[name]) {
            None => Ok(default),
            Some((key, value)) => value
                .as_bool()
                .ok_or_else(|| ConfigError::impossible(key, value)),
        }
    }

    pub(super) fn word(&self, names: &[&'static str]) -> Result<Option<&str>, ConfigError> {
        match self.find(names) {
            None => Ok(None),
            Some((key, value)) => {
                let word = value.as_str();
                word.map(Some)
                    .ok_or_else(|| ConfigError::impossible(key, value))
            }
        }
    }

    pub(super) fn object(
        &self,
        name: &'static str,
    ) -> Result<Option<&Map<String, Value>>, ConfigError> {
        match self.find(&[name]) {
            None => Ok(None),
            Some((key, value)) => {
                let object = value.as_object();
                object
                    .map(Some)
                    .ok_or_else(|| ConfigError::impossible(key, value))
            }
        }
    }

    /// The entries of a list; none where it isn't there or is no list.
    pub(super) fn list(&self, name: &'static str) -> &[Value] {
        let list = self.object.get(name).and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// Whether any of these shares of dropped values is above zero.
    pub(super) fn any_above_zero(&self, names: &[&'static str]) -> bool {
        names.iter().any(|name| {
            let share = self.object.get(*name).and_then(Value::as_f64);
            share.is_some_and(|share| share > 0.0)
        })
    }
}
