//! How long to wait before a call is made again.

use std::time::Duration;

use mlinfra_provider_api::{OpKey, ProviderError, ProviderErrorKind};

/// The first pause. Clouds' buckets of calls fill within a second or two.
const FIRST: Duration = Duration::from_millis(500);

/// The longest pause: longer ones leave a gang's other nodes idle for nothing.
const LONGEST: Duration = Duration::from_secs(30);

/// A pause before the next attempt: twice as long each time, of which a random half is left out, so
/// that calls that were refused together don't come back together (AWS's "full jitter", from the
/// half on). The chance comes from the operation's key, so that a run can be replayed.
pub(super) fn before(attempt: u32, key: &OpKey, asked: Option<Duration>) -> Duration {
    let doubled = FIRST.saturating_mul(1 << attempt.min(16));
    let most = doubled.min(LONGEST);
    let pause = most / 2 + (most / 2).mul_f64(chance(attempt, key));
    asked.map_or(pause, |asked| asked.max(pause))
}

/// How long the provider asks to wait.
pub(super) const fn asked(error: &ProviderError) -> Option<Duration> {
    match &error.kind {
        ProviderErrorKind::Throttled { retry_after } => *retry_after,
        _ => None,
    }
}

/// A number from 0 to 1, the same for the same attempt of the same operation.
fn chance(attempt: u32, key: &OpKey) -> f64 {
    let text = format!("{key}{attempt}");
    let sum = crc32fast::hash(text.as_bytes());
    f64::from(sum) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_heed_what_was_asked() {
        let key = OpKey::new([3; 32]);
        let mut before = Duration::ZERO;
        for attempt in 0..8 {
            let most = FIRST.saturating_mul(1 << attempt).min(LONGEST);
            let pause = super::before(attempt, &key, None);
            assert!(pause >= most / 2 && pause <= most, "{attempt}: {pause:?}");
            before = before.max(pause);
        }
        assert!(before > Duration::from_secs(15));
        assert!(super::before(u32::MAX, &key, None) <= LONGEST);
        let asked = Duration::from_secs(90);
        assert_eq!(super::before(0, &key, Some(asked)), asked);
    }
}
