//! Durations as floating-point seconds and back, for the modules that compute expectations.

use crate::units::Duration;

/// A duration in seconds.
#[expect(
    clippy::cast_precision_loss,
    reason = "a float holds every millisecond up to 285,000 years"
)]
pub(crate) fn of(duration: Duration) -> f64 {
    duration.millis() as f64 / 1e3
}

/// Seconds as a duration, rounded up to a whole millisecond, as too little would be the worse
/// promise. `None` for what is negative, not a number or over `at_most`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is checked to be within 0 and `at_most` first"
)]
pub(crate) fn to_duration(seconds: f64, at_most: Duration) -> Option<Duration> {
    // A millionth of a millisecond less, so that noise in the last digit adds no millisecond.
    let millis = (seconds * 1e3 - 1e-6).ceil().max(0.0);
    let fits = seconds >= 0.0 && seconds <= of(at_most);
    fits.then(|| Duration::from_millis(millis as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_up_to_a_millisecond() {
        let day = Duration::from_hours(24);
        let millis = |seconds| to_duration(seconds, day).map(Duration::millis);
        assert_eq!(millis(1.0001), Some(1_001));
        assert_eq!(millis(0.1 + 0.2), Some(300));
        assert_eq!(millis(0.0), Some(0));
        assert_eq!(millis(86_400.0), Some(86_400_000));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let day = Duration::from_hours(24);
        for seconds in [-1.0, f64::NAN, f64::INFINITY, 86_401.0] {
            assert_eq!(to_duration(seconds, day), None, "{seconds}");
        }
    }
}
