//! Waiting at replicas that answer one request after the other: the queue M/M/c.
//!
//! Requests come at random at a steady rate `λ` (a Poisson process), wait in one line for the first
//! free of `c` servers, and take a random time with mean `1/μ` (exponential). Formulas are those of
//! A. K. Erlang (1917) as in D. Gross and C. M. Harris, "Fundamentals of Queueing Theory", section
//! 2.3. Real service times vary less, so that real answers come sooner. Batching isn't modelled.

use super::seconds;
use crate::units::Duration;

/// The share of answers that a latency target is about: 95 of 100 come within it.
const LATE: f64 = 0.05;

/// Replicas that no service needs: bounds the work when a spec allows billions.
const MOST_REPLICAS: u32 = 1_000_000;

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
    /// Takes time linear in `servers`.
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

    /// The probability that an answer, waiting and service together, takes longer than `time`.
    pub(crate) fn late(&self, time: f64) -> f64 {
        late(self.waiting, self.spare(), self.service, time)
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
/// Takes time linear in `at_most`; of replicas beyond a million none are tried.
pub(crate) fn replicas_for(
    requests: f64,
    throughput: f64,
    p95: Duration,
    at_most: u32,
) -> Option<u32> {
    let are_rates = requests >= 0.0 && throughput > 0.0 && throughput.is_finite();
    let time = seconds::of(p95);
    // Without any waiting the answers are late with probability e^{−μt}.
    if !are_rates || (-throughput * time).exp() > LATE {
        return None;
    }
    let load = requests / throughput;
    let at_most = at_most.min(MOST_REPLICAS);
    if load >= f64::from(at_most) {
        return None;
    }
    // More servers never make answers later, and Erlang B goes from one to the next.
    let mut blocked = 1.0;
    for servers in 1..=at_most {
        blocked = next_erlang_b(blocked, servers, load);
        let spare = f64::from(servers) * throughput - requests;
        let Some(waiting) = erlang_c(servers, load, blocked) else {
            continue;
        };
        if late(waiting, spare, throughput, time) <= LATE {
            return Some(servers);
        }
    }
    None
}

/// Erlang B, the probability that all of `servers` without a line are busy, by the recursion
/// `B₀ = 1`, `B_c = aB_{c−1} / (c + aB_{c−1})`, which adds only what is positive.
fn erlang_b(servers: u32, load: f64) -> f64 {
    (1..=servers).fold(1.0, |before, count| next_erlang_b(before, count, load))
}

fn next_erlang_b(before: f64, servers: u32, load: f64) -> f64 {
    let offered = load * before;
    offered / (f64::from(servers) + offered)
}

/// Erlang C from Erlang B: `B / (1 − ρ(1 − B))` with `ρ = a/c`; `None` unless `ρ < 1`.
fn erlang_c(servers: u32, load: f64, blocked: f64) -> Option<f64> {
    let utilisation = load / f64::from(servers);
    (utilisation < 1.0).then(|| blocked / (1.0 - utilisation * (1.0 - blocked)))
}

/// `P(W + S > t) = e^{−μt} + C·μ·(e^{−δt} − e^{−μt})/(μ − δ)`, where a request that waits does so
/// for an exponential time of rate `δ = cμ − λ`.
///
/// The last fraction is `t·e^{−min(δ,μ)t}·(1 − e^{−x})/x` with `x = |μ − δ|t`, which is exact for
/// `δ = μ` too, where it is `t·e^{−μt}`.
fn late(waiting: f64, spare: f64, service: f64, time: f64) -> f64 {
    let distance = (service - spare).abs() * time;
    let fraction = if distance > 0.0 {
        -(-distance).exp_m1() / distance
    } else {
        1.0
    };
    let slower = (-service.min(spare) * time).exp();
    let waited = waiting * service * time * slower * fraction;
    ((-service * time).exp() + waited).min(1.0)
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

    /// With one server the answer time is exponential with rate μ − λ.
    #[test]
    fn answers_of_one_server_take_an_exponential_time() {
        let queue = Queue::new(1, 3.0, 5.0).unwrap();
        for time in [0.0, 0.1, 1.0, 3.0] {
            close(queue.late(time), (-2.0 * time).exp(), 1e-12);
        }
    }

    /// At c = 2, λ = μ = 1 the spare rate is μ and C = 1/3: `e^{−t}(1 + t/3)`.
    #[test]
    fn the_limit_of_equal_rates_is_exact() {
        let queue = Queue::new(2, 1.0, 1.0).unwrap();
        let near = Queue::new(2, 1.0 + 1e-9, 1.0).unwrap();
        for time in [0.0_f64, 0.5, 2.0, 7.0] {
            close(queue.late(time), (-time).exp() * (1.0 + time / 3.0), 1e-12);
            close(near.late(time), queue.late(time), 1e-8);
        }
    }

    /// The convolution itself: waiting longer, or waiting `w` and a service of more than `t − w`.
    #[test]
    fn the_closed_form_is_the_convolution() {
        let (queue, time, steps) = (Queue::new(10, 8.0, 1.0).unwrap(), 2.0_f64, 20_000_u32);
        let (waits, spare) = (queue.probability_of_waiting(), 2.0_f64);
        let width = time / f64::from(steps);
        let middle = |step| {
            let wait = (f64::from(step) + 0.5) * width;
            spare * (-spare * wait).exp() * (wait - time).exp() * width
        };
        let convolution: f64 = (0..steps).map(middle).sum();
        let late = (1.0 - waits) * (-time).exp() + waits * ((-spare * time).exp() + convolution);
        close(queue.late(time), late, 1e-8);
    }

    /// 8 requests/s at 1 answer/s each. Worked out apart from this: P(T > 3.3) is 0.0514 with 10
    /// servers and 0.0414 with 11; P(T > 3.1) is 0.0506 with 11 and 0.0471 with 12.
    #[test]
    fn replicas_are_the_fewest_that_answer_in_time() {
        let replicas = |millis| replicas_for(8.0, 1.0, Duration::from_millis(millis), 100);
        for (millis, expected) in [
            (60_000, 9),
            (5_000, 9),
            (4_000, 10),
            (3_300, 11),
            (3_100, 12),
        ] {
            let found = replicas(millis).unwrap();
            let time = seconds::of(Duration::from_millis(millis));
            assert_eq!(found, expected, "{millis}");
            assert!(Queue::new(found, 8.0, 1.0).unwrap().late(time) <= LATE);
            let fewer = Queue::new(found - 1, 8.0, 1.0);
            assert!(fewer.is_none_or(|queue| queue.late(time) > LATE));
        }
    }

    /// −ln 0.05 = 2.9957 mean service times is where no number of replicas helps.
    #[test]
    fn no_number_of_replicas_makes_the_service_itself_faster() {
        let replicas =
            |millis, at_most| replicas_for(8.0, 1.0, Duration::from_millis(millis), at_most);
        assert_eq!(replicas(2_995, u32::MAX), None);
        assert!(replicas(2_997, 1_000).is_some());
        assert_eq!(replicas(4_000, 9), None);
        assert_eq!(replicas(4_000, 10), Some(10));
        assert_eq!(replicas(4_000, 0), None);
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
        fn more_servers_never_answer_later(
            servers in 1..200u32, load in 0.0..200.0f64, time in 0.0..20.0f64) {
            let late = |servers| Queue::new(servers, load, 1.0).map_or(1.0, |q| q.late(time));
            let (fewer, more) = (late(servers), late(servers + 1));
            prop_assert!((0.0..=1.0).contains(&fewer));
            prop_assert!(more <= fewer + 1e-12, "{} then {}", fewer, more);
        }
    }
}
