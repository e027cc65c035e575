//! Money, rates, sizes, durations and dates as newtypes.
//!
//! This module is the only code that rounds money: [`Money::charge`] turns a published rate and a
//! quantity into whole micro-USD, half to even. No floating-point number is involved anywhere in it.

mod bytes;
mod date;
mod decimal;
mod duration;
mod money;
mod rate;
mod scaled;

pub use bytes::Bytes;
pub use date::Date;
pub use duration::Duration;
pub use money::{Money, Quantity, grouped};
pub use rate::Rate;
pub use scaled::{Millionths, Parameters};

/// Why a text isn't a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The text has no number where one is needed.
    #[error("`{text}` isn't a number{expected}")]
    NotANumber {
        /// The offending text.
        text: String,
        /// ` like "…"`, an example of what would do.
        expected: &'static str,
    },
    /// The number is there but its unit isn't known.
    #[error("`{unit}` isn't a known unit; the units here are {known}")]
    UnknownUnit {
        /// The offending unit.
        unit: String,
        /// The units that would do.
        known: &'static str,
    },
    /// The number has no unit, and one is never implied.
    #[error("`{text}` has no unit; the units here are {known}")]
    MissingUnit {
        /// The offending text.
        text: String,
        /// The units that would do.
        known: &'static str,
    },
    /// The quantity can't be represented.
    #[error("`{text}` is out of range")]
    OutOfRange {
        /// The offending text.
        text: String,
    },
    /// The number has more decimals than the quantity can hold exactly.
    #[error("`{text}` has more decimals than can be kept exactly")]
    TooPrecise {
        /// The offending text.
        text: String,
    },
}

/// Serializes a unit as the text that people write: sizes as `"600GiB"`, money as `"12.34"`.
macro_rules! serialize_as_text {
    ($($unit:ty),*) => {$(
        impl serde::Serialize for $unit {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

/// Sizes are rounded for people and never for programs.
impl serde::Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.exact())
    }
}

serialize_as_text!(Date, Duration, Millionths, Money, Parameters, Rate);

/// Reads a unit back from the text that it was written as, in plans and reviews.
macro_rules! deserialize_from_text {
    ($($unit:ty),*) => {$(
        impl<'de> serde::Deserialize<'de> for $unit {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

deserialize_from_text!(Bytes, Date, Duration, Millionths, Rate);

/// Read back from states, plans and reviews; what a change saves is below zero.
impl<'de> serde::Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (amount, negative) = match text.strip_prefix('-') {
            Some(amount) => (amount, true),
            None => (text.as_str(), false),
        };
        let amount = Self::parse(amount).map_err(serde::de::Error::custom)?;
        Ok(if negative {
            Self::ZERO - amount
        } else {
            amount
        })
    }
}
