use std::fmt;

use super::{UnitError, decimal};

/// A plain non-negative number in whole millionths: shares, runs per month, requests per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millionths(u64);

impl Millionths {
    /// One.
    pub const ONE: Self = Self(1_000_000);

    /// From whole millionths.
    #[must_use]
    pub const fn new(millionths: u64) -> Self {
        Self(millionths)
    }

    /// In whole millionths.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Parses a decimal with at most six decimals.
    ///
    /// # Errors
    ///
    /// [`UnitError`] when the text is no such number.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let value = decimal::parse(text.trim(), 6, "")?;
        u64::try_from(value)
            .map(Self)
            .map_err(|_| UnitError::OutOfRange {
                text: text.to_owned(),
            })
    }
}

impl fmt::Display for Millionths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::print(u128::from(self.0), 6, 0))
    }
}

const PARAMETER_UNITS: [(&str, u64); 4] = [
    ("T", 1_000_000_000_000),
    ("B", 1_000_000_000),
    ("M", 1_000_000),
    ("K", 1_000),
];

/// A number of model parameters, written as `"7B"`, `"350M"` or `"8030261248"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Parameters(u64);

impl Parameters {
    /// So many.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Parses a number with `K`, `M`, `B` or `T`, or a whole number.
    ///
    /// # Errors
    ///
    /// [`UnitError`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = decimal::split_unit(text);
        let factor = match unit {
            "" => 1,
            _ => PARAMETER_UNITS
                .iter()
                .find(|(name, _)| *name == unit)
                .map(|(_, f)| *f)
                .ok_or_else(|| UnitError::UnknownUnit {
                    unit: unit.to_owned(),
                    known: "K, M, B and T",
                })?,
        };
        let millionths = decimal::parse(number, 6, " of parameters like \"7B\"")?;
        let count = millionths.checked_mul(factor.into()).map(|v| v / 1_000_000);
        count
            .and_then(|v| u64::try_from(v).ok())
            .map(Self)
            .ok_or_else(|| UnitError::OutOfRange {
                text: text.to_owned(),
            })
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = PARAMETER_UNITS
            .iter()
            .find(|(_, u)| self.0 >= *u && self.0.is_multiple_of(u / 100));
        match unit {
            Some((name, factor)) => {
                let hundredths = self.0 / (factor / 100);
                f.pad(&format!(
                    "{}{name}",
                    decimal::print(hundredths.into(), 2, 0)
                ))
            }
            None => f.pad(&self.0.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_parse_and_print() {
        for text in ["7B", "350M", "1.5B", "8030261248"] {
            assert_eq!(Parameters::parse(text).unwrap().to_string(), text);
        }
        assert!(Parameters::parse("7 billion").is_err());
    }

    #[test]
    fn millionths_are_exact() {
        assert_eq!(Millionths::parse("0.8").unwrap().get(), 800_000);
        assert_eq!(
            Millionths::parse("30.416667").unwrap().to_string(),
            "30.416667"
        );
    }
}
