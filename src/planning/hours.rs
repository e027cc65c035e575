//! When nodes are in use, by the hour of the week.
//!
//! What two stages use of one pool must fit only while both run. Weeks repeat; hours are those of
//! UTC and begin with Sunday's midnight, as in `cron`.

use crate::model::TrafficShape;
use crate::units::{Duration, Millionths};

/// Hours of a week.
pub(crate) const HOURS: usize = 168;
const HOURS_OF_DAY: usize = 24;
const MILLIS_PER_HOUR: u64 = 3_600_000;
const MILLIS_PER_MINUTE: u64 = 60_000;

/// Nodes in use in each hour of a week; the first is Sunday from midnight, UTC.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hours([u32; HOURS]);

impl Hours {
    /// As many all the time.
    pub(crate) const fn always(nodes: u32) -> Self {
        Self([nodes; HOURS])
    }

    /// The same every day, hour by hour from midnight.
    pub(crate) fn of_day(nodes: [u32; HOURS_OF_DAY]) -> Self {
        Self(std::array::from_fn(|hour| nodes[hour % HOURS_OF_DAY]))
    }

    /// Runs of `duration` that may start at these minutes of the week (0 to 10,079; later ones are
    /// taken in the week after). An hour counts when a run may be going at any moment of it, and
    /// once however many runs may be going. Unknown starts (`None`) may be at any time.
    pub(crate) fn of_runs(starts: Option<&[u16]>, duration: Duration, nodes: u32) -> Self {
        let Some(starts) = starts else {
            return Self::always(nodes);
        };
        let mut hours = Self::always(0);
        if duration == Duration::ZERO {
            return hours;
        }
        for start in starts {
            let start = u64::from(*start) * MILLIS_PER_MINUTE;
            let first = start / MILLIS_PER_HOUR;
            // The last millisecond that the run is going in, so that a run up to a full hour
            // doesn't count in the next.
            let last = start.saturating_add(duration.millis() - 1) / MILLIS_PER_HOUR;
            for hour in (first..=last).take(HOURS) {
                hours.0[usize::try_from(hour).unwrap_or(usize::MAX) % HOURS] = nodes;
            }
        }
        hours
    }

    /// These nodes by hour of the week.
    pub(crate) const fn of_week(nodes: [u32; HOURS]) -> Self {
        Self(nodes)
    }

    /// Whether in no hour more are in use than in `other`.
    pub(crate) fn no_more_than(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| own <= other)
    }

    /// The nodes of each hour.
    pub(crate) const fn nodes(&self) -> &[u32; HOURS] {
        &self.0
    }
}

/// A day in an office, in percent of the peak: the peak from 9 to 17, shoulders of 60 and 30 percent
/// in the two hours on either side, and 10 percent at night. A convention, not a measurement: who
/// knows better gives the 24 shares.
const OFFICE_HOURS: [u64; HOURS_OF_DAY] = [
    10, 10, 10, 10, 10, 10, 10, 30, 60, 100, 100, 100, 100, 100, 100, 100, 100, 60, 30, 10, 10, 10,
    10, 10,
];

/// Returns the shares of the peak, hour by hour from midnight. Hours that a custom shape leaves out
/// are taken at the peak, since that never plans too little.
pub(crate) fn shares(shape: &TrafficShape) -> [Millionths; HOURS_OF_DAY] {
    match shape {
        TrafficShape::Flat => [Millionths::ONE; HOURS_OF_DAY],
        TrafficShape::OfficeHours => OFFICE_HOURS.map(|percent| Millionths::new(percent * 10_000)),
        TrafficShape::Custom(shares) => {
            std::array::from_fn(|hour| shares.get(hour).copied().unwrap_or(Millionths::ONE))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTES_OF_WEEK: u16 = 10_080;

    /// The hours with nodes, and that each has three.
    #[track_caller]
    fn check(starts: &[u16], minutes: u64, expected: &[usize]) {
        let duration = Duration::from_millis(minutes * 60_000);
        let hours = Hours::of_runs(Some(starts), duration, 3);
        let busy: Vec<usize> = (0..HOURS).filter(|h| hours.nodes()[*h] == 3).collect();
        assert_eq!(busy, expected);
        assert!(hours.nodes().iter().all(|n| *n == 0 || *n == 3));
    }

    #[test]
    fn a_run_counts_in_every_hour_that_it_touches() {
        check(&[0], 60, &[0]);
        check(&[0], 61, &[0, 1]);
        check(&[30], 60, &[0, 1]);
        check(&[59], 1, &[0]);
        check(&[120, 180], 90, &[2, 3, 4]);
        check(&[120], 0, &[]);
        check(&[], 60, &[]);
    }

    #[test]
    fn a_run_over_the_end_of_the_week_goes_on_at_its_start() {
        check(&[MINUTES_OF_WEEK - 60], 150, &[0, 1, 167]);
        check(&[MINUTES_OF_WEEK + 60], 60, &[1]);
    }

    #[test]
    fn a_run_longer_than_a_week_is_always_there() {
        let always = Hours::always(3);
        for hours in [168, 169, u64::MAX / 3_600_000] {
            let duration = Duration::from_hours(hours);
            assert_eq!(Hours::of_runs(Some(&[0]), duration, 3), always);
        }
        let endless = Duration::from_millis(u64::MAX);
        assert_eq!(Hours::of_runs(Some(&[u16::MAX]), endless, 3), always);
    }

    #[test]
    fn runs_of_unknown_start_may_be_at_any_hour() {
        let hour = Duration::from_hours(1);
        assert_eq!(Hours::of_runs(None, hour, 3), Hours::always(3));
    }

    #[test]
    fn days_repeat_through_the_week() {
        let day: [u32; 24] = std::array::from_fn(|hour| u32::try_from(hour).unwrap());
        let hours = Hours::of_day(day);
        assert_eq!(hours.nodes()[0], 0);
        assert_eq!(hours.nodes()[24 * 6 + 23], 23);
    }

    #[test]
    fn hours_compare_one_by_one() {
        let night = Hours::of_runs(Some(&[0]), Duration::from_hours(6), 4);
        let day = Hours::of_runs(Some(&[6 * 60]), Duration::from_hours(6), 5);
        assert!(!night.no_more_than(&day) && !day.no_more_than(&night));
        assert!(night.no_more_than(&Hours::always(4)));
        assert!(!night.no_more_than(&Hours::always(3)));
    }

    #[test]
    fn office_hours_are_full_from_nine_to_five() {
        let shares = shares(&TrafficShape::OfficeHours).map(Millionths::get);
        let full: Vec<usize> = (0..24).filter(|h| shares[*h] == 1_000_000).collect();
        assert_eq!(full, (9..17).collect::<Vec<_>>());
        assert_eq!(
            (shares[3], shares[8], shares[17]),
            (100_000, 600_000, 600_000)
        );
        assert_eq!(
            (shares[7], shares[18], shares[19]),
            (300_000, 300_000, 100_000)
        );
    }

    #[test]
    fn flat_is_the_peak_and_custom_as_given() {
        assert_eq!(shares(&TrafficShape::Flat), [Millionths::ONE; 24]);
        let given: Vec<Millionths> = (0..24).map(Millionths::new).collect();
        let custom = shares(&TrafficShape::Custom(given.clone()));
        assert_eq!(custom.to_vec(), given);
        let short = shares(&TrafficShape::Custom(given[..2].to_vec()));
        assert_eq!(short[1..3], [Millionths::new(1), Millionths::ONE]);
    }
}
