//! Cron expressions of five fields → runs in a month of 730 hours, exactly, and the minutes of the week
//! at which they may start.

use std::collections::BTreeMap;

use crate::model::RunsPerMonth;
use crate::units::Millionths;

/// One field: its range and the names it may use instead of numbers.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        least: 0,
        most: 59,
        names: &[],
    },
    Field {
        name: "hour",
        least: 0,
        most: 23,
        names: &[],
    },
    Field {
        name: "day of month",
        least: 1,
        most: 31,
        names: &[],
    },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &MONTHS,
    },
    // Sunday is 0 and 7.
    Field {
        name: "day of week",
        least: 0,
        most: 7,
        names: &DAYS,
    },
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const SHORTHANDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A field's values, as bits.
#[derive(Clone, Copy)]
struct Set {
    bits: u64,
    /// Whether it begins with `*`: such a day field doesn't narrow the other one.
    star: bool,
}

impl Set {
    const fn has(self, value: u32) -> bool {
        self.bits >> value & 1 == 1
    }
}

/// How often an expression starts a run, and when.
///
/// # Errors
///
/// What is wrong with the expression, in a sentence.
pub(crate) fn schedule(text: &str) -> Result<RunsPerMonth, String> {
    let sets = parse(text.trim())?;
    Ok(RunsPerMonth {
        runs: runs_per_month(&sets)?,
        schedule: Some(text.to_owned()),
        starts: Some(starts(&sets)),
    })
}

fn parse(text: &str) -> Result<[Set; 5], String> {
    let expanded = if text.starts_with('@') {
        let known = SHORTHANDS.iter().find(|(name, _)| *name == text);
        known.map(|(_, e)| *e).ok_or_else(|| {
            let names = super::suggest::list(SHORTHANDS.iter().map(|(name, _)| *name));
            format!("`{text}` isn't a known shorthand; there are {names}.")
        })?
    } else {
        text
    };
    let parts: Vec<_> = expanded.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!(
            "A cron expression has five fields (minute, hour, day of month, month, day of week); \
             this one has {}.",
            parts.len()
        ));
    }
    let mut sets = [Set {
        bits: 0,
        star: false,
    }; 5];
    for ((set, field), part) in sets.iter_mut().zip(&FIELDS).zip(parts) {
        *set = parse_field(field, part)?;
    }
    Ok(sets)
}

/// Runs in a month of 730 hours on average.
fn runs_per_month(sets: &[Set; 5]) -> Result<Millionths, String> {
    let days = matching_days(sets);
    if days == 0 {
        return Err("No day of any year meets this expression.".to_owned());
    }
    let per_day = u64::from(sets[0].bits.count_ones()) * u64::from(sets[1].bits.count_ones());
    // days × per_day runs in CYCLE_DAYS × 24 hours; times 730 hours; in millionths, half up.
    let numerator = days * per_day * 730 * 1_000_000;
    let denominator = CYCLE_DAYS * 24;
    Ok(Millionths::new((numerator + denominator / 2) / denominator))
}

/// The minutes of a week from Sunday 00:00 at which a run may start. Which weekday a day of the month
/// falls on changes from month to month, so that a run on the first may start on any.
fn starts(sets: &[Set; 5]) -> Vec<u16> {
    let [minutes, hours, days, _, weekdays] = *sets;
    // Standard cron: when both fields are narrowed, either may match, and a day of the month alone
    // may be any weekday.
    let any_weekday = !days.star && !weekdays.star;
    let weekday = |day: u16| any_weekday || on_weekday(weekdays, day.into());
    let minutes_of_week = (0..7).filter(|d| weekday(*d)).flat_map(|day| {
        let hours = (0..24u16).filter(move |h| hours.has((*h).into()));
        hours.flat_map(move |hour| {
            let minutes = (0..60u16).filter(move |m| minutes.has((*m).into()));
            minutes.map(move |minute| (day * 24 + hour) * 60 + minute)
        })
    });
    minutes_of_week.collect()
}

/// The Gregorian calendar repeats every 400 years, to the day of the week.
const CYCLE_DAYS: u64 = 146_097;

/// Months of a whole cycle that look alike.
struct Months {
    month: u32,
    days: u32,
    /// Day of the week of the first, Sunday being 0.
    starts_on: u32,
    count: u64,
}

fn matching_days(sets: &[Set; 5]) -> u64 {
    let matching = |months: &Months| {
        let days = (1..=months.days).filter(|day| {
            let weekday = (months.starts_on + day - 1) % 7;
            matches_day(sets, *day, weekday)
        });
        u64::try_from(days.count()).unwrap_or(0) * months.count
    };
    let [.., wanted, _] = *sets;
    calendar()
        .iter()
        .filter(|m| wanted.has(m.month))
        .map(matching)
        .sum()
}

fn matches_day(sets: &[Set; 5], day: u32, weekday: u32) -> bool {
    let [_, _, days, _, weekdays] = *sets;
    let on_weekday = on_weekday(weekdays, weekday);
    // Standard cron: when both fields are narrowed, either may match.
    if days.star || weekdays.star {
        days.has(day) && on_weekday
    } else {
        days.has(day) || on_weekday
    }
}

/// Whether a set of weekdays has one that is counted from Sunday, 0; the set may call Sunday 7.
const fn on_weekday(weekdays: Set, weekday: u32) -> bool {
    weekdays.has(weekday) || (weekday == 0 && weekdays.has(7))
}

/// The 4,800 months of a cycle by what they look like; 12 months, two lengths, seven weekdays.
fn calendar() -> Vec<Months> {
    let mut counts: BTreeMap<(u32, u32, u32), u64> = BTreeMap::new();
    // 1 January 2000 was a Saturday.
    let mut weekday = 6u32;
    for year in 2000..2400u32 {
        for month in 1..=12 {
            let days = month_days(year, month);
            *counts.entry((month, days, weekday)).or_default() += 1;
            weekday = (weekday + days) % 7;
        }
    }
    let months = counts.into_iter();
    months
        .map(|((month, days, starts_on), count)| Months {
            month,
            days,
            starts_on,
            count,
        })
        .collect()
}

const fn month_days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn parse_field(field: &Field, text: &str) -> Result<Set, String> {
    let mut bits = 0;
    for part in text.split(',') {
        bits |= parse_part(field, part)?;
    }
    Ok(Set {
        bits,
        star: text.starts_with('*'),
    })
}

/// `*`, `5`, `1-5`, `mon-fri`, `*/15`, `10-50/10`.
fn parse_part(field: &Field, text: &str) -> Result<u64, String> {
    let (range, step) = match text.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (text, None),
    };
    let step = match step.map(str::parse::<u32>) {
        None => None,
        Some(Ok(step)) if step > 0 => Some(step),
        Some(_) => return Err(format!("`{text}` has a step that isn't a number above 0.")),
    };
    let (from, to) = if range == "*" {
        (field.least, field.most)
    } else if let Some((from, to)) = range.split_once('-') {
        (value(field, from)?, value(field, to)?)
    } else {
        let from = value(field, range)?;
        (from, if step.is_some() { field.most } else { from })
    };
    if from > to {
        return Err(format!(
            "`{text}` goes from a later {} to an earlier one.",
            field.name
        ));
    }
    let step = usize::try_from(step.unwrap_or(1)).unwrap_or(usize::MAX);
    Ok((from..=to).step_by(step).fold(0, |bits, v| bits | 1 << v))
}

fn value(field: &Field, text: &str) -> Result<u32, String> {
    let lower = text.to_ascii_lowercase();
    let named = field
        .names
        .iter()
        .zip(field.least..)
        .find(|(n, _)| **n == lower);
    let value = named.map(|(_, v)| v).or_else(|| text.parse().ok());
    value
        .filter(|v| (field.least..=field.most).contains(v))
        .ok_or_else(|| {
            format!(
                "`{text}` can't be the {}: that goes from {} to {}.",
                field.name, field.least, field.most
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cron: &str, runs: &str) {
        assert_eq!(schedule(cron).unwrap().runs.to_string(), runs, "{cron}");
    }

    #[test]
    fn schedules_are_counted_exactly() {
        // 730 / 24
        check("0 2 * * *", "30.416667");
        check("@hourly", "730");
        check("*/15 * * * *", "2920");
        // 4800 months in 146,097 days, times 730 / 24.
        check("0 0 1 * *", "0.999336");
        check("@weekly", "4.345238");
        check("0 0 29 feb *", "0.020195");
        check("0 9-17/4 * * mon-fri", "65.178571");
        check("0 0 * * 7", "4.345238");
    }

    #[test]
    fn day_fields_widen_each_other() {
        let first = schedule("0 0 1 * *").unwrap().runs.get();
        let sundays = schedule("0 0 * * 0").unwrap().runs.get();
        let both = schedule("0 0 1 * 0").unwrap().runs.get();
        assert!(both < first + sundays && both > sundays);
    }

    #[track_caller]
    fn check_starts(cron: &str, starts: &[u16]) {
        assert_eq!(schedule(cron).unwrap().starts.unwrap(), starts, "{cron}");
    }

    #[test]
    fn runs_start_at_minutes_of_the_week() {
        const DAY: u16 = 24 * 60;
        let every_day = [120, 120 + DAY, 120 + 2 * DAY, 120 + 3 * DAY];
        let every_day = [
            &every_day[..],
            &[120 + 4 * DAY, 120 + 5 * DAY, 120 + 6 * DAY],
        ]
        .concat();
        check_starts("0 2 * * *", &every_day);
        check_starts("@weekly", &[0]);
        // Sunday is 0 and 7, and comes first.
        check_starts("30 1 * * 6,7", &[90, 6 * DAY + 90]);
        check_starts("0,30 9-11/2 * * mon", &[1980, 2010, 2100, 2130]);
        // The first may be any day of the week, and a month narrows nothing.
        check_starts("0 2 1 * *", &every_day);
        check_starts("0 2 * feb *", &every_day);
        // Either may match, so that every day may.
        check_starts("0 2 13 * fri", &every_day);
        // A day field that begins with `*` leaves the weekday what it is.
        check_starts("0 2 */2 * mon", &[DAY + 120]);
        let always: Vec<u16> = (0..7 * DAY).collect();
        check_starts("* * * * *", &always);
    }

    #[test]
    fn bad_expressions_are_refused() {
        for bad in [
            "",
            "0 2 * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
            "0 0 30 2 *",
            "@often",
            "1,, * * * *",
        ] {
            assert!(schedule(bad).is_err(), "{bad}");
        }
    }
}
