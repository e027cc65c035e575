use std::fmt;

use super::UnitError;

/// A calendar day, as in "prices as of 2026-05-20".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// Parses `yyyy-mm-dd`.
    ///
    /// # Errors
    ///
    /// [`UnitError::NotANumber`] when the text isn't such a day.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let bad = || UnitError::NotANumber {
            text: text.to_owned(),
            expected: " of year, month and day like \"2026-05-20\"",
        };
        if text.len() != 10 {
            return Err(bad());
        }
        text.parse().map(Self).map_err(|_| bad())
    }

    /// Days since 1970-01-01, the stored form.
    #[must_use]
    pub fn days_since_epoch(self) -> i32 {
        let epoch = jiff::civil::date(1970, 1, 1);
        let span = self.0.duration_since(epoch);
        i32::try_from(span.as_hours() / 24).unwrap_or(i32::MAX)
    }

    /// The day that many days after 1970-01-01, if the calendar reaches that far.
    #[must_use]
    pub fn from_days_since_epoch(days: i32) -> Option<Self> {
        let epoch = jiff::civil::date(1970, 1, 1);
        epoch
            .checked_add(jiff::SignedDuration::from_hours(i64::from(days) * 24))
            .ok()
            .map(Self)
    }

    /// Whole days from this day until `later`; negative when `later` is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> i32 {
        later.days_since_epoch() - self.days_since_epoch()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_survive_the_stored_form() {
        let day = Date::parse("2026-05-20").unwrap();
        assert_eq!(
            Date::from_days_since_epoch(day.days_since_epoch()),
            Some(day)
        );
        assert_eq!(day.to_string(), "2026-05-20");
        assert_eq!(day.days_until(Date::parse("2026-06-01").unwrap()), 12);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["2026-13-01", "20260520", "yesterday", "2026-05-20T00:00"] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }
}
