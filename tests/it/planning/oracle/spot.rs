//! What interruptions do, straight from the published formulas.

use mlinfra::model::{CheckpointEvery, Interruption};

/// A job on nodes that are taken away; seconds and interruptions per second.
pub(super) struct Job {
    work: f64,
    cost: f64,
    restore: f64,
    /// `None` when no checkpoint is made.
    interval: Option<f64>,
    rate: f64,
}

/// Seconds until there is a node again.
const REACQUIRE: f64 = 600.0;

fn seconds(duration: mlinfra::units::Duration) -> f64 {
    let millis = duration.millis();
    let half = |bits: u64| f64::from(u32::try_from(bits).unwrap());
    (half(millis >> 32) * 4_294_967_296.0 + half(millis & 0xffff_ffff)) / 1e3
}

/// `(W/τ)·e^{λR}·(1/λ + D)·(e^{λ(τ+C)} − 1)`.
fn expected(work: f64, cost: f64, restore: f64, interval: f64, rate: f64) -> f64 {
    if rate == 0.0 {
        return work / interval * (interval + cost);
    }
    work / interval
        * (rate * restore).exp()
        * (1.0 / rate + REACQUIRE)
        * (rate * (interval + cost)).exp_m1()
}

impl Job {
    pub(super) fn new(interruption: &Interruption, work_ms: u64, per_hour: f64) -> Self {
        let work = seconds(mlinfra::units::Duration::from_millis(work_ms));
        let cost = interruption.checkpoint_cost.map_or(60.0, seconds);
        let restore = interruption.restore.map_or(120.0, seconds);
        let rate = per_hour / 3600.0;
        let never = |restore| Self {
            work,
            cost: 0.0,
            restore,
            interval: None,
            rate,
        };
        match interruption.checkpoint_every {
            CheckpointEvery::Never => never(0.0),
            CheckpointEvery::Every(interval) if seconds(interval) >= work => never(restore),
            CheckpointEvery::Every(interval) => Self {
                work,
                cost,
                restore,
                interval: Some(seconds(interval)),
                rate,
            },
            CheckpointEvery::Auto => {
                let interval = best_interval(work, cost, rate);
                let with = Self {
                    work,
                    cost,
                    restore,
                    interval: Some(interval),
                    rate,
                };
                let without = never(restore);
                if with.expected() < without.expected() {
                    with
                } else {
                    without
                }
            }
        }
    }

    /// Expected seconds.
    pub(super) fn expected(&self) -> f64 {
        let interval = self.interval.unwrap_or(self.work);
        expected(self.work, self.cost, self.restore, interval, self.rate)
    }

    /// `max over j of P(NegBin(⌈W/τ⌉/2^j, p) ≤ k)`, summed term by term.
    pub(super) fn within(&self, limit_ms: u64) -> f64 {
        let limit = seconds(mlinfra::units::Duration::from_millis(limit_ms));
        let interval = self.interval.unwrap_or(self.work);
        let segments = (self.work / interval).ceil();
        let slack = limit - self.work - segments * self.cost;
        if slack < 0.0 {
            return 0.0;
        }
        let (mut merged, mut best) = (1.0_f64, 0.0_f64);
        loop {
            let attempt = self.restore + merged.min(segments) * (interval + self.cost);
            let failures = (slack / (attempt + REACQUIRE)).floor();
            let parts = (segments / merged).ceil();
            let fails = -(-self.rate * attempt).exp_m1();
            let mut term = (-self.rate * attempt * parts).exp();
            let (mut sum, mut k) = (term, 0.0);
            while k < failures {
                k += 1.0;
                term *= (parts + k - 1.0) / k * fails;
                sum += term;
            }
            best = best.max(sum);
            if merged >= segments {
                return best;
            }
            merged *= 2.0;
        }
    }
}

/// Where the derivative of the expected time is 0: `x − 1 + e^{−(x+a)} = 0` with `x = λτ`, `a = λC`.
fn best_interval(work: f64, cost: f64, rate: f64) -> f64 {
    if rate == 0.0 {
        return work;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..200 {
        let x = f64::midpoint(low, high);
        if x - 1.0 + (-(x + cost * rate)).exp() > 0.0 {
            high = x;
        } else {
            low = x;
        }
    }
    (high / rate).min(work)
}
