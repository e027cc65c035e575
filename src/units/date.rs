use std::fmt;

use super::UnitError;

/// A calendar day of the years 1 to 9999, as in "prices as of 2026-05-20".
///
/// Counted in days since 1970-01-01, which is all that sorting, ages and storing need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// Days before 1970-01-01 since 0001-01-01.
const EPOCH: i32 = 719_162;
/// Days in 400 years, after which the calendar repeats.
const DAYS_OF_400_YEARS: i32 = 146_097;

impl Date {
    /// Parses `yyyy-mm-dd`.
    ///
    /// # Errors
    ///
    /// [`UnitError::NotANumber`] when the text isn't such a day.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let number = |range: std::ops::Range<usize>| -> Option<i32> {
            let digits = text.get(range)?;
            let plain = digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten()
        };
        let dashes = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let parts = || Some((number(0..4)?, number(5..7)?, number(8..10)?));
        let day = parts().filter(|_| dashes);
        day.and_then(|(year, month, day)| Self::from_civil(year, month, day))
            .ok_or_else(|| UnitError::NotANumber {
                text: text.to_owned(),
                expected: " of year, month and day like \"2026-05-20\"",
            })
    }

    /// The day of that year, month and day of the month, if there is one.
    fn from_civil(year: i32, month: i32, day: i32) -> Option<Self> {
        let possible = (1..=9999).contains(&year) && (1..=12).contains(&month);
        if !possible || !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        let months: i32 = (1..month).map(|m| days_in_month(year, m)).sum();
        Some(Self(days_before_year(year) + months + day - 1 - EPOCH))
    }

    /// Year, month and day of the month.
    fn civil(self) -> (i32, i32, i32) {
        let days = self.0 + EPOCH;
        // No year is longer than 366 days, so this is the year or one before it.
        let cycle = days / DAYS_OF_400_YEARS;
        let mut year = cycle * 400 + (days % DAYS_OF_400_YEARS) / 366 + 1;
        while days_before_year(year + 1) <= days {
            year += 1;
        }
        let mut day = days - days_before_year(year);
        let mut month = 1;
        while day >= days_in_month(year, month) {
            day -= days_in_month(year, month);
            month += 1;
        }
        (year, month, day + 1)
    }

    /// Days since 1970-01-01, the stored form.
    #[must_use]
    pub const fn days_since_epoch(self) -> i32 {
        self.0
    }

    /// The day that many days after 1970-01-01, if it is in the years 1 to 9999.
    #[must_use]
    pub fn from_days_since_epoch(days: i32) -> Option<Self> {
        let last = days_before_year(10_000) - EPOCH;
        (-EPOCH..last).contains(&days).then_some(Self(days))
    }

    /// Whole days from this day until `later`; negative when `later` is earlier.
    #[must_use]
    pub const fn days_until(self, later: Self) -> i32 {
        later.0 - self.0
    }
}

/// Days since 0001-01-01 at the beginning of a year from 1 on.
const fn days_before_year(year: i32) -> i32 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

const fn days_in_month(year: i32, month: i32) -> i32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        f.pad(&format!("{year:04}-{month:02}-{day:02}"))
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
    fn known_days_have_their_numbers() {
        let number = |text| Date::parse(text).unwrap().days_since_epoch();
        assert_eq!(number("1970-01-01"), 0);
        assert_eq!(number("2000-03-01"), 11_017);
        assert_eq!(number("2026-11-21"), 20_778);
        assert_eq!(number("0001-01-01"), -719_162);
    }

    #[test]
    fn every_day_of_400_years_and_more_is_the_next_of_the_one_before() {
        let number = |text| Date::parse(text).unwrap().days_since_epoch();
        let mut expected = jiff::civil::date(1890, 1, 1);
        for days in number("1890-01-01")..number("2310-01-01") {
            let day = Date::from_days_since_epoch(days).unwrap();
            assert_eq!(day.to_string(), expected.to_string());
            let (year, month, of_month) = day.civil();
            assert_eq!(Date::from_civil(year, month, of_month), Some(day));
            expected = expected.tomorrow().unwrap();
        }
    }

    #[test]
    fn years_beyond_four_digits_are_no_days() {
        let (first, last) = (-719_162, 2_932_896);
        let text = |days| Date::from_days_since_epoch(days).map(|d| d.to_string());
        assert_eq!(text(first).as_deref(), Some("0001-01-01"));
        assert_eq!(text(last).as_deref(), Some("9999-12-31"));
        assert_eq!((text(first - 1), text(last + 1)), (None, None));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "2026-13-01",
            "2026-02-29",
            "20260520",
            "yesterday",
            "2026-05-20T00:00",
            "2026-5-20",
            "2026-+5-20",
            "2026/05/20",
            "0000-01-01",
            "ä026-05-20",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }
}
