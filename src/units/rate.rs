use std::fmt;

use super::{UnitError, decimal};

const SCALE: u32 = 12;

/// A published price in USD per unit (per node-hour, per GB, per GB-month), exact to 10⁻¹² USD.
///
/// Twelve decimals hold every published figure (the finest seen has six) and every rate derived
/// from one by a ratio of vCPUs.
///
/// ```
/// use mlinfra::units::Rate;
/// assert_eq!(Rate::parse("0.340")?.to_string(), "0.34");
/// # Ok::<(), mlinfra::units::UnitError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(u64);

impl Rate {
    /// Nothing is charged. Not to be confused with a rate that isn't known.
    pub const ZERO: Self = Self(0);

    /// Parses a decimal number of USD.
    ///
    /// # Errors
    ///
    /// [`UnitError`] when the text is no decimal, is negative, or needs more than twelve decimals.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let value = decimal::parse(text.trim(), SCALE, " of USD like \"0.34\"")?;
        u64::try_from(value)
            .map(Self)
            .map_err(|_| UnitError::OutOfRange {
                text: text.to_owned(),
            })
    }

    /// The rate from its stored form, in 10⁻¹² USD.
    #[must_use]
    pub const fn from_pico_usd(value: u64) -> Self {
        Self(value)
    }

    /// The stored form, in 10⁻¹² USD.
    #[must_use]
    pub const fn pico_usd(self) -> u64 {
        self.0
    }

    /// Adds two rates, as for a host and its accelerator; `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Multiplies by `numerator / denominator`, rounded half to even at 10⁻¹² USD; `None` on
    /// overflow or a zero denominator.
    #[must_use]
    pub fn checked_ratio(self, numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let product = u128::from(self.0) * u128::from(numerator);
        u64::try_from(decimal::divide_half_even(product, u128::from(denominator)))
            .ok()
            .map(Self)
    }
}

impl fmt::Display for Rate {
    /// The shortest exact decimal: `0.34`, `63.296`, `5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::print(u128::from(self.0), SCALE, 0))
    }
}
