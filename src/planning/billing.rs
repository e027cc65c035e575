//! For how much of a run a provider sends a bill.
//!
//! The rules are those of the vendors' public pricing pages as they are known, not figures of a
//! catalog: AWS (Linux) and Google Cloud bill by the second and at least a minute, Azure by the
//! second, Lambda by the minute. What is owned isn't billed and needs no rule.

use crate::model::ProviderName;
use crate::units::Duration;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60_000;

/// Returns the time that is billed for a run of `duration`, never less than it. A run of no time
/// isn't billed, since no node was started for it.
pub(crate) fn billed(provider: ProviderName, duration: Duration) -> Duration {
    if duration == Duration::ZERO {
        return duration;
    }
    let (unit, at_least) = match provider {
        ProviderName::Aws | ProviderName::Gcp => (SECOND, MINUTE),
        ProviderName::Azure => (SECOND, 0),
        ProviderName::Lambda => (MINUTE, 0),
    };
    let millis = duration.millis().div_ceil(unit).saturating_mul(unit);
    Duration::from_millis(millis.max(at_least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(provider: ProviderName, run: u64, expected: u64) {
        let found = billed(provider, Duration::from_millis(run));
        assert_eq!(found.millis(), expected);
    }

    #[test]
    fn aws_and_gcp_bill_seconds_after_the_first_minute() {
        for provider in [ProviderName::Aws, ProviderName::Gcp] {
            check(provider, 1, 60_000);
            check(provider, 60_000, 60_000);
            check(provider, 60_001, 61_000);
        }
    }

    #[test]
    fn azure_bills_seconds_from_the_first() {
        check(ProviderName::Azure, 1, 1_000);
        check(ProviderName::Azure, 3_600_000, 3_600_000);
        check(ProviderName::Azure, 3_600_500, 3_601_000);
    }

    #[test]
    fn lambda_bills_minutes() {
        check(ProviderName::Lambda, 1, 60_000);
        check(ProviderName::Lambda, 60_001, 120_000);
    }

    #[test]
    fn no_time_costs_nothing_and_endless_time_does_not_overflow() {
        for provider in ProviderName::ALL {
            check(provider, 0, 0);
            check(provider, u64::MAX, u64::MAX);
        }
    }
}
