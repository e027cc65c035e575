use std::fmt;

use super::{UnitError, decimal, grouped};

const UNITS: [(&str, u64); 11] = [
    ("PiB", 1 << 50),
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("PB", 1_000_000_000_000_000),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];
const KNOWN: &str = "B, kB, MB, GB, TB, PB, KiB, MiB, GiB, TiB and PiB";

/// A size in bytes, always written with its unit: `"600GiB"`, `"1.5TB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(u64);

impl Bytes {
    /// From a number of bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// From mebibytes.
    #[must_use]
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whole mebibytes, rounded up: for comparing a need with what a machine has.
    #[must_use]
    pub const fn mib_ceil(self) -> u64 {
        self.0.div_ceil(1 << 20)
    }

    /// In GiB with two decimals, as GPUs' memory is told: `14.64 GiB`.
    #[must_use]
    pub fn gib(self) -> String {
        format!("{} GiB", self.gib_number())
    }

    /// In GiB with two decimals, rounded to the nearest, without the unit.
    #[must_use]
    pub fn gib_number(self) -> String {
        let hundredths = (u128::from(self.0) * 100 + (1 << 29)) >> 30;
        format!("{}.{:02}", grouped(hundredths / 100), hundredths % 100)
    }

    /// Parses a size with a unit.
    ///
    /// # Errors
    ///
    /// [`UnitError`] when number or unit is missing or unknown, or the size is out of range. A fraction
    /// of a byte is dropped.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let (number, unit) = decimal::split_unit(text);
        if number.is_empty() {
            return Err(UnitError::NotANumber {
                text: text.to_owned(),
                expected: " with a unit like \"600GiB\"",
            });
        }
        if unit.is_empty() {
            return Err(UnitError::MissingUnit {
                text: text.to_owned(),
                known: KNOWN,
            });
        }
        let factor = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .map(|(_, factor)| *factor);
        let Some(factor) = factor else {
            return Err(UnitError::UnknownUnit {
                unit: unit.to_owned(),
                known: KNOWN,
            });
        };
        let millionths = decimal::parse(number, 6, " like \"600GiB\"")?;
        let bytes = millionths
            .checked_mul(u128::from(factor))
            .map(|v| v / 1_000_000);
        bytes
            .and_then(|v| u64::try_from(v).ok())
            .map(Self)
            .ok_or_else(|| UnitError::OutOfRange {
                text: text.to_owned(),
            })
    }
}

impl fmt::Display for Bytes {
    /// In the largest unit that keeps it whole, binary first; else to one decimal of a binary unit.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, unit)| {
            self.0 >= *unit && self.0.is_multiple_of(*unit) && self.0 / unit < 100_000
        });
        let text = match whole {
            Some((name, unit)) => format!("{}{name}", self.0 / unit),
            None => self.one_decimal(),
        };
        f.pad(&text)
    }
}

impl Bytes {
    /// In the largest unit that keeps it whole, bytes if need be: nothing is rounded, so that what is
    /// written for programs reads back as it was.
    #[must_use]
    pub fn exact(self) -> String {
        let units = UNITS.iter();
        let whole = units.filter(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit));
        match whole.max_by_key(|(_, unit)| *unit) {
            Some((name, unit)) => format!("{}{name}", self.0 / unit),
            None => format!("{}B", self.0),
        }
    }

    fn one_decimal(self) -> String {
        let binary = UNITS[..5].iter().find(|(_, factor)| self.0 >= *factor);
        let Some((unit, factor)) = binary else {
            return format!("{}B", self.0);
        };
        let tenths = decimal::divide_half_even(u128::from(self.0) * 10, u128::from(*factor));
        format!("{}.{}{unit}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse_and_print() {
        for text in ["1TiB", "600GiB", "15GB", "1TB", "512MiB", "1B"] {
            assert_eq!(Bytes::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Bytes::parse("1.5TiB").unwrap().to_string(), "1536GiB");
        assert_eq!(Bytes::new(1_234_567_891).to_string(), "1.1GiB");
        assert_eq!(Bytes::new(0).to_string(), "0B");
    }

    #[test]
    fn what_programs_read_is_exact() {
        for bytes in [0, 1, 1_234_567_891, 1_500_000_000, 1 << 40, u64::MAX] {
            let text = Bytes::new(bytes).exact();
            assert_eq!(Bytes::parse(&text).unwrap().get(), bytes, "{text}");
        }
        assert_eq!(Bytes::new(1 << 40).exact(), "1TiB");
        assert_eq!(Bytes::new(100_000_000_000).exact(), "100GB");
        assert_eq!(Bytes::new(1_234_567_891).exact(), "1234567891B");
    }

    #[test]
    fn a_unit_is_never_implied() {
        assert!(matches!(
            Bytes::parse("12"),
            Err(UnitError::MissingUnit { .. })
        ));
        assert!(matches!(
            Bytes::parse("12 Gib"),
            Err(UnitError::UnknownUnit { .. })
        ));
        assert!(matches!(
            Bytes::parse("GiB"),
            Err(UnitError::NotANumber { .. })
        ));
        assert!(matches!(
            Bytes::parse("99999999PiB"),
            Err(UnitError::OutOfRange { .. })
        ));
    }
}
