//! Waiting at replicas that answer one request after the other: the queue M/M/c.
//!
//! Requests come at random at a steady rate `λ` (a Poisson process), wait in one line for the first
//! free of `c` servers, and are answered in `1/μ`. The waiting is that of services that vary
//! (exponentially); models answer in about the same time each, and wait half as long or less, so
//! these figures are on the safe side. Formulas are those of A. K. Erlang (1917) as in D. Gross and
//! C. M. Harris, "Fundamentals of Queueing Theory", section 2.3. Batching isn't modelled.

use super::seconds;
use crate::units::Duration;

/// The share of answers that a latency target is about: 95 of 100 come within it.
pub(crate) const IN_TIME: f64 = 0.95;

/// `c` servers with requests at `arrivals` per unit of time, of which each can answer `service`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    servers: u32,
    arrivals: f64,
    service: f64,
    /// Erlang C: the probability that a request waits.
    waiting: f64,
}

impl Queue {
    /// Returns the queue in its steady state; `None` when there is none, as the servers can't keep
    /// up, or when a rate is negative or no number.
    ///
    /// Takes time in the square root of `servers`.
    pub(crate) fn new(servers: u32, arrivals: f64, service: f64) -> Option<Self> {
        let are_rates = arrivals >= 0.0 && service > 0.0 && service.is_finite();
        if !are_rates {
            return None;
        }
        let load = arrivals / service;
        let waiting = erlang_c(servers, load, erlang_b(servers, load))?;
        Some(Self {
            servers,
            arrivals,
            service,
            waiting,
        })
    }

    /// The probability that a request has to wait: Erlang C.
    pub(crate) const fn probability_of_waiting(&self) -> f64 {
        self.waiting
    }

    /// The mean time that a request waits: `C / (cμ − λ)`.
    pub(crate) fn mean_wait(&self) -> f64 {
        self.waiting / self.spare()
    }

    /// The waiting time that a share of requests doesn't exceed: `ln(C / (1 − share)) / (cμ − λ)`,
    /// or 0 when that share doesn't wait at all. Percentiles don't add: that of the answer isn't
    /// this and that of the service together; see [`late`](Self::late).
    pub(crate) fn percentile_of_waiting(&self, share: f64) -> f64 {
        let over = self.waiting / (1.0 - share);
        if over > 1.0 {
            over.ln() / self.spare()
        } else {
            0.0
        }
    }

    /// The time in which a share of requests is answered: the service takes the same time for all,
    /// so that the percentile of the waiting carries over. (With services that vary it wouldn't:
    /// percentiles don't add.)
    pub(crate) fn percentile_of_answers(&self, share: f64) -> f64 {
        self.percentile_of_waiting(share) + 1.0 / self.service
    }

    /// What the servers could answer on top: `cμ − λ`.
    fn spare(&self) -> f64 {
        f64::from(self.servers) * self.service - self.arrivals
    }
}

/// Returns the fewest replicas with which 95 % of answers come within `p95`, at `requests` per
/// second of which each replica can answer `throughput`. `None` when `at_most` replicas can't do it,
/// as when the service alone is too slow for that.
///
/// Takes time in the square root of the load.
pub(crate) fn replicas_for(
    requests: f64,
    throughput: f64,
    p95: Duration,
    at_most: u32,
) -> Option<u32> {
    let are_rates = requests >= 0.0 && throughput > 0.0 && throughput.is_finite();
    let time = seconds::of(p95);
    if !are_rates || 1.0 / throughput > time {
        return None;
    }
    let load = requests / throughput;
    let in_time = |servers: u32| {
        let queue = Queue::new(servers, requests, throughput);
        queue.is_some_and(|queue| queue.percentile_of_answers(IN_TIME) <= time)
    };
    // More servers never make answers later: what is enough is found in steps that double.
    let mut too_few = whole(load);
    let mut step = 1;
    let mut enough = loop {
        let servers = too_few.saturating_add(step).min(at_most);
        if servers <= too_few {
            return None;
        }
        if in_time(servers) {
            break servers;
        }
        too_few = servers;
        step = step.saturating_mul(2);
    };
    while enough - too_few > 1 {
        let middle = u32::midpoint(too_few, enough);
        if in_time(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Some(enough)
}

/// The most servers that a load keeps busy all the time.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a load isn't negative; the cast saturates"
)]
fn whole(load: f64) -> u32 {
    // One less, as noise may have lifted a load to the next whole number.
    (load.floor() as u32).saturating_sub(1)
}

/// Erlang B, the probability that all of `servers` without a line are busy:
/// `1/B = Σ c/a × (c − 1)/a × … × (c − k + 1)/a` over `k` from 0 to `c`, which adds only what is
/// positive, and of which for many servers the first `√a` terms or so are all that counts.
fn erlang_b(servers: u32, load: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for left in (1..=servers).rev() {
        term *= f64::from(left) / load;
        sum += term;
        let over = sum > 1e300;
        if over || (f64::from(left) < load && term < sum * 1e-18) {
            break;
        }
    }
    1.0 / sum
}

/// Erlang C from Erlang B: `B / (1 − ρ(1 − B))` with `ρ = a/c`; `None` unless `ρ < 1`.
fn erlang_c(servers: u32, load: f64, blocked: f64) -> Option<f64> {
    let utilisation = load / f64::from(servers);
    (utilisation < 1.0).then(|| blocked / (1.0 - utilisation * (1.0 - blocked)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn close(found: f64, printed: f64, within: f64) {
        assert!((found - printed).abs() < within, "{found} for {printed}");
    }

    #[track_caller]
    fn check_waiting(servers: u32, load: f64, printed: f64) {
        let queue = Queue::new(servers, load, 1.0).unwrap();
        close(queue.probability_of_waiting(), printed, 5e-7);
    }

    #[test]
    fn the_probability_of_waiting_is_the_published_one() {
        check_waiting(10, 8.0, 0.409_180);
        check_waiting(2, 1.0, 1.0 / 3.0);
        check_waiting(4, 3.0, 0.509_434);
        check_waiting(1, 0.5, 0.5);
        check_waiting(3, 0.0, 0.0);
    }

    #[test]
    fn waiting_times_are_the_published_ones() {
        let queue = Queue::new(10, 8.0, 1.0).unwrap();
        close(queue.mean_wait(), 0.2046, 5e-5);
        close(queue.percentile_of_waiting(0.95), 1.051, 5e-4);
        close(queue.percentile_of_waiting(0.5), 0.0, 1e-12);
    }

    #[test]
    fn a_queue_that_grows_without_end_has_no_steady_state() {
        assert!(Queue::new(8, 8.0, 1.0).is_none());
        assert!(Queue::new(0, 1.0, 1.0).is_none());
        assert!(Queue::new(0, 0.0, 1.0).is_none());
        assert!(Queue::new(8, f64::NAN, 1.0).is_none());
        assert!(Queue::new(8, 1.0, 0.0).is_none());
        assert!(Queue::new(8, 7.999, 1.0).is_some());
    }

    /// 8 requests/s at 1 answer/s each. By the recursion 95 % wait no longer than ln(20·C)/(c − 8):
    /// with 9 servers 2.570 s, with 10 servers 1.051 s, with 11 servers 0.552 s.
    #[test]
    fn replicas_are_the_fewest_that_answer_in_time() {
        let replicas = |millis| replicas_for(8.0, 1.0, Duration::from_millis(millis), 100);
        for (millis, expected) in [(3_600, 9), (3_500, 10), (2_052, 10), (2_050, 11)] {
            assert_eq!(replicas(millis), Some(expected), "{millis}");
        }
    }

    #[test]
    fn no_number_of_replicas_makes_the_service_itself_faster() {
        let replicas =
            |millis, at_most| replicas_for(8.0, 1.0, Duration::from_millis(millis), at_most);
        assert_eq!(replicas(999, 1_000), None);
        assert!(replicas(1_000, 1_000).is_some());
        assert_eq!(replicas(3_500, 9), None);
        assert_eq!(replicas(3_500, 10), Some(10));
        assert_eq!(replicas(3_500, 0), None);
    }

    #[test]
    fn without_requests_one_replica_is_enough() {
        let day = Duration::from_hours(24);
        assert_eq!(replicas_for(0.0, 1.0, day, 10), Some(1));
        assert_eq!(replicas_for(f64::NAN, 1.0, day, 10), None);
        assert_eq!(replicas_for(f64::INFINITY, 1.0, day, 10), None);
        assert_eq!(replicas_for(1.0, 0.0, day, 10), None);
    }

    proptest! {
        #[test]
        fn more_servers_never_answer_later(servers in 1..200u32, load in 0.0..200.0f64) {
            let answered = |servers| {
                let queue = Queue::new(servers, load, 1.0);
                queue.map_or(f64::INFINITY, |queue| queue.percentile_of_answers(IN_TIME))
            };
            let (fewer, more) = (answered(servers), answered(servers + 1));
            prop_assert!(more <= fewer + 1e-12, "{} then {}", fewer, more);
        }
    }

    #[test]
    fn a_million_replicas_are_found_without_counting_up_to_them() {
        let limit = Duration::from_millis(1_100);
        for _ in 0..100 {
            let found = replicas_for(600_000.0, 1.0, limit, 1_000_000).unwrap();
            let late = |servers| {
                let queue = Queue::new(servers, 600_000.0, 1.0);
                queue.is_none_or(|queue| queue.percentile_of_answers(IN_TIME) > 1.1)
            };
            assert!(late(found - 1) && !late(found), "{found}");
            assert_eq!(replicas_for(600_000.0, 1.0, limit, found - 1), None);
        }
    }
}
