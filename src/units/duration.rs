use std::fmt;

use super::{UnitError, decimal};

const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];
const KNOWN: &str = "ms, s, m, h and d";
const EXPECTED: &str = " with a unit like \"3h\" or \"90s\"";

/// A length of time in whole milliseconds, always written with its unit: `"3h"`, `"1h30m"`, `"90s"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(u64);

impl Duration {
    /// No time.
    pub const ZERO: Self = Self(0);

    /// From milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// From hours.
    #[must_use]
    pub const fn from_hours(hours: u64) -> Self {
        Self(hours * 3_600_000)
    }

    /// In milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Multiplies by `numerator / denominator`, rounded up to a whole millisecond; `None` on
    /// overflow or a zero denominator. Time is rounded up because too little would be the worse
    /// promise.
    #[must_use]
    pub fn checked_ratio(self, numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let product = u128::from(self.0) * u128::from(numerator);
        u64::try_from(product.div_ceil(u128::from(denominator)))
            .ok()
            .map(Self)
    }

    /// Parses one or more numbers with units and adds them up. A fraction of a millisecond is dropped.
    ///
    /// # Errors
    ///
    /// [`UnitError`] when a number or unit is missing or unknown, or the sum is out of range.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(UnitError::NotANumber {
                text: text.to_owned(),
                expected: EXPECTED,
            });
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (number, tail) = decimal::split_unit(rest);
            let end = tail
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(tail.len());
            let part = part(number, tail[..end].trim(), text)?;
            total = total
                .checked_add(part)
                .ok_or_else(|| UnitError::OutOfRange {
                    text: text.to_owned(),
                })?;
            rest = &tail[end..];
        }
        Ok(Self(total))
    }
}

fn part(number: &str, unit: &str, whole: &str) -> Result<u64, UnitError> {
    if number.is_empty() {
        return Err(UnitError::NotANumber {
            text: whole.to_owned(),
            expected: EXPECTED,
        });
    }
    if unit.is_empty() {
        return Err(UnitError::MissingUnit {
            text: whole.to_owned(),
            known: KNOWN,
        });
    }
    let Some((_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(UnitError::UnknownUnit {
            unit: unit.to_owned(),
            known: KNOWN,
        });
    };
    let millionths = decimal::parse(number, 6, EXPECTED)?;
    let millis = millionths
        .checked_mul(u128::from(*factor))
        .map(|v| v / 1_000_000);
    millis
        .and_then(|v| u64::try_from(v).ok())
        .ok_or_else(|| UnitError::OutOfRange {
            text: whole.to_owned(),
        })
}

impl fmt::Display for Duration {
    /// In whole units from hours down: `40h`, `1h30m`, `150ms`. Days are printed as hours, since
    /// that is what is billed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        let mut rest = self.0;
        for (unit, factor) in &UNITS[1..] {
            if rest >= *factor {
                out.push_str(&format!("{}{unit}", rest / factor));
                rest %= factor;
            }
        }
        f.pad(if out.is_empty() { "0s" } else { &out })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_parse_and_print() {
        for text in ["40h", "1h30m", "150ms", "1m30s"] {
            assert_eq!(Duration::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Duration::parse("5d").unwrap().to_string(), "120h");
        assert_eq!(Duration::parse("1.5h").unwrap().to_string(), "1h30m");
        assert_eq!(Duration::ZERO.to_string(), "0s");
    }

    #[test]
    fn a_unit_is_never_implied() {
        assert!(matches!(
            Duration::parse("90"),
            Err(UnitError::MissingUnit { .. })
        ));
        assert!(matches!(
            Duration::parse("1h30"),
            Err(UnitError::MissingUnit { .. })
        ));
        assert!(matches!(
            Duration::parse("3 hours"),
            Err(UnitError::UnknownUnit { .. })
        ));
        assert!(matches!(
            Duration::parse("h"),
            Err(UnitError::NotANumber { .. })
        ));
        assert!(matches!(
            Duration::parse(""),
            Err(UnitError::NotANumber { .. })
        ));
    }
}
